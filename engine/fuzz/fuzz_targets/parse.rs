//! Any text is read or refused, and what is read is written and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use metode::feel::tidied;

fuzz_target!(|text: &str| {
    let names: Vec<&str> = metode_fuzz::FIELDS.iter().map(|(name, _)| *name).collect();
    match tidied(text, &names) {
        // A text may declare names of several words, which are others when brackets are left out.
        Ok(tidy) => {
            if let Ok(again) = tidied(&tidy, &names) {
                assert_eq!(again, tidy);
            }
        }
        Err(problem) => assert!(text.get(problem.span.clone()).is_some(), "{problem:?}"),
    }
});
