//! WHAT A PERSON MAY CHANGE. One function = one transaction = change + audit + event.
