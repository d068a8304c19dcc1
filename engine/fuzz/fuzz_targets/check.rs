//! Any text is compiled or refused with problems that stand in it; what is compiled is evaluated and explained.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use metode::feel::{compile, look_through};
use metode::value::Context;
use metode_fuzz::{Answered, Form, answers};

static ANSWERS: LazyLock<Context> = LazyLock::new(answers);

fuzz_target!(|text: &str| {
    let compiled = compile(text, &Form);
    for problem in &compiled.problems {
        assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
    }
    if let Some(program) = compiled.program {
        let env = Answered(ANSWERS.clone());
        let evaluation = program.evaluate(&env);
        for warning in &evaluation.warnings {
            assert!(text.get(warning.span.clone()).is_some(), "{warning:?}");
        }
        look_through(&program, &env);
    }
});
