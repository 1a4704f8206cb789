//! The one policy for every address we dial: literals, resolved addresses, each redirect hop.
