//! The versions of the real method, and made-up ones that come after it.
