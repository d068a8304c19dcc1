//! Rules made of random bytes: evaluating one gives a value, the same each time, and what was checked fits it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use metode::feel::{Cause, compile, evaluate_text};
use metode::value::Context;
use metode_fuzz::{Answered, Form, answers, now, rule};

static ANSWERS: LazyLock<Context> = LazyLock::new(answers);

fuzz_target!(|bytes: &[u8]| {
    let text = rule(bytes);
    let Ok(first) = evaluate_text(&text, &ANSWERS, now()) else {
        return;
    };
    let second = evaluate_text(&text, &ANSWERS, now()).expect("it was read before");
    assert_eq!(first.value.to_string(), second.value.to_string(), "{text}");
    assert_eq!(first.warnings, second.warnings, "{text}");
    if first.warnings.iter().any(|warning| warning.cause == Cause::Limit) {
        assert!(first.value.is_null(), "{text}");
    }
    let compiled = compile(&text, &Form);
    if let Some(program) = compiled.program {
        let value = program.evaluate(&Answered(ANSWERS.clone())).value;
        assert!(
            program.result_type().admits(&value),
            "{text}: {:?} is no {}",
            value,
            program.result_type()
        );
    }
});
