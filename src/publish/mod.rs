//! WHAT IS SHOWN. From committed events to bytes.
