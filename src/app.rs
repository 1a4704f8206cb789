//! Wiring: configuration becomes running parts; start and stop in order.
