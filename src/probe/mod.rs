//! LOOKING. One file per check kind; a down target is an observation, never an error.
