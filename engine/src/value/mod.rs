//! The values that rules compute with.
