//! FEEL, the rule language.
