//! The binary `metode`.

fn main() {}
