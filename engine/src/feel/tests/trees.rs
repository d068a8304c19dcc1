//! Random rules: writing and reading them, and what holds of evaluating them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::feel::ast::{
    Arguments, Arithmetic, Comparison, Expr, Iterator, Kind, Parameter, Test, TypeName, Word,
};
use crate::value::Number;

/// The variables of a random rule.
const NAMES: &[&str] = &["a", "b", "x", "coût", "monthly salary", "item", "partial", "home"];
/// Names that only a rule itself gives.
const OWN: &[&str] = &["x", "y", "long name", "a"];
/// Keys, some of which cannot be written without quotes.
const KEYS: &[&str] = &["x", "long name", "key", "1 st", "if", "a+b", "\"q\"", "", "ü é"];

fn expr(kind: Kind) -> Expr {
    Expr::new(kind, 0..0)
}

fn word(text: &str) -> Word {
    Word {
        text: Arc::from(text),
        span: 0..0,
    }
}

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![
        "\\PC{0,6}",
        select(vec![
            "\\n",
            "\"",
            "\n\t\r",
            "\u{0}",
            "\\u0041",
            "🐎",
            "2025-01-31",
            "aab"
        ])
        .prop_map(str::to_owned),
    ]
    .prop_map(Arc::from)
}

fn number() -> impl Strategy<Value = Number> {
    let special = [
        "0",
        "1.10",
        "9e6144",
        "1e-6176",
        "0.5",
        "1e70",
        "9999999999999999999999999999999999",
    ];
    prop_oneof![
        (0i64..12).prop_map(Number::from),
        select(special.to_vec()).prop_map(|text| Number::parse(text).unwrap()),
    ]
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Boolean),
        number().prop_map(Kind::Number),
        number().prop_map(Kind::Number),
        text().prop_map(Kind::String),
        select(vec![
            "2024-02-29",
            "P1Y2M",
            "PT36H",
            "10:30:00Z",
            "2025-06-01T12:00:00@Europe/Copenhagen",
            "nothing"
        ])
        .prop_map(|text| Kind::Temporal(Arc::from(text))),
        select(NAMES).prop_map(|name| Kind::Name(Arc::from(name))),
        select(NAMES).prop_map(|name| Kind::Name(Arc::from(name))),
    ]
    .prop_map(expr)
}

fn type_name() -> impl Strategy<Value = TypeName> {
    let plain = select(Type::NAMES.to_vec()).prop_map(|name| TypeName::Plain(word(name)));
    plain.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|item| TypeName::List(Box::new(item))),
            inner.clone().prop_map(|item| TypeName::Range(Box::new(item))),
            vec((select(OWN).prop_map(word), inner.clone()), 0..3).prop_map(TypeName::Context),
            (vec(inner.clone(), 0..3), inner)
                .prop_map(|(parameters, result)| TypeName::Function(parameters, Box::new(result))),
        ]
    })
}

fn arithmetic() -> impl Strategy<Value = Arithmetic> {
    use Arithmetic::*;
    select(vec![Add, Subtract, Multiply, Divide, Power])
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::*;
    select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

/// Operands as reading gives them: the first one is no chain of the same operator.
fn operands(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Vec<Expr>> {
    vec(inner, 2..4)
}

fn iterators(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Vec<Iterator>> {
    let iterator =
        (select(OWN), inner.clone(), option::weighted(0.3, inner)).prop_map(|(name, from, to)| Iterator {
            name: word(name),
            from,
            to,
        });
    vec(iterator, 1..3)
}

fn range(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Kind> {
    let end = (inner, any::<bool>());
    (option::of(end.clone()), end, any::<bool>()).prop_map(|(first, second, swap)| {
        let (low, high) = if swap {
            (Some(second), first)
        } else {
            (first, Some(second))
        };
        Kind::Range {
            low_included: low.as_ref().is_some_and(|(_, included)| *included),
            high_included: high.as_ref().is_some_and(|(_, included)| *included),
            low: low.map(|(end, _)| Box::new(end)),
            high: high.map(|(end, _)| Box::new(end)),
        }
    })
}

/// A call of some function with some arguments, which rarely fit; closures among them.
fn call(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Kind> {
    let names: Vec<&str> = builtins().iter().map(|builtin| builtin.name).collect();
    let callee = prop_oneof![
        4 => select(names).prop_map(|name| expr(Kind::Name(Arc::from(name)))),
        1 => inner.clone(),
    ];
    let arguments = prop_oneof![
        5 => vec(inner.clone(), 0..4).prop_map(Arguments::Positional),
        1 => vec((select(OWN).prop_map(word), inner), 1..3).prop_map(Arguments::Named),
    ];
    (callee, arguments).prop_map(|(callee, arguments)| Kind::Call(Box::new(callee), arguments))
}

fn function(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Kind> {
    let parameter = (select(OWN), option::weighted(0.3, type_name())).prop_map(|(name, kind)| Parameter {
        name: word(name),
        kind,
    });
    (vec(parameter, 0..3), option::weighted(0.9, inner))
        .prop_map(|(parameters, body)| Kind::Function(parameters, body.map(Box::new)))
}

/// A rule of any shape.
fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(6, 40, 4, |inner| {
        let pair = || (inner.clone(), inner.clone()).prop_map(Box::new);
        let three = || (inner.clone(), inner.clone(), inner.clone()).prop_map(Box::new);
        let boxed = || inner.clone().prop_map(Box::new);
        let test =
            (option::of(comparison()), inner.clone()).prop_map(|(operator, value)| Test { operator, value });
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Kind::List),
            vec((select(KEYS).prop_map(word), inner.clone()), 0..4).prop_map(Kind::Context),
            range(inner.clone()),
            boxed().prop_map(Kind::Negate),
            (arithmetic(), pair()).prop_map(|(operator, sides)| Kind::Arithmetic(operator, sides)),
            (comparison(), pair()).prop_map(|(operator, sides)| Kind::Compare(operator, sides)),
            operands(inner.clone()).prop_map(|mut operands| match operands.remove(0) {
                Expr {
                    kind: Kind::And(first),
                    ..
                } => Kind::And(first.into_iter().chain(operands).collect()),
                first => Kind::And([first].into_iter().chain(operands).collect()),
            }),
            operands(inner.clone()).prop_map(|mut operands| match operands.remove(0) {
                Expr {
                    kind: Kind::Or(first),
                    ..
                } => Kind::Or(first.into_iter().chain(operands).collect()),
                first => Kind::Or([first].into_iter().chain(operands).collect()),
            }),
            three().prop_map(Kind::Between),
            (boxed(), vec(test, 1..3)).prop_map(|(operand, tests)| Kind::In(operand, tests)),
            (boxed(), type_name()).prop_map(|(operand, kind)| Kind::InstanceOf(operand, kind)),
            (boxed(), select(OWN)).prop_map(|(base, name)| Kind::Path(base, word(name))),
            pair().prop_map(Kind::Filter),
            call(inner.clone()),
            three().prop_map(Kind::If),
            (iterators(inner.clone()), boxed()).prop_map(|(iterators, body)| Kind::For(iterators, body)),
            (any::<bool>(), iterators(inner.clone()), boxed()).prop_map(|(every, iterators, condition)| {
                Kind::Quantified {
                    every,
                    iterators,
                    condition,
                }
            }),
            function(inner.clone()),
        ]
        .prop_map(expr)
    })
}

/// Values of all kinds under the names of random rules.
fn surroundings() -> Context {
    let values = [
        ("a", "[1, 2, null, \"x\", [3]]"),
        ("b", "{x: 1, \"long name\": {y: @\"2024-02-29\"}, key: [true]}"),
        ("coût", "\"because\""),
        ("monthly salary", "1.50"),
        ("home", "[{x: 1, y: \"a\"}, {x: 2, y: \"b\"}, {x: null}]"),
    ];
    let entry = |(name, text): (&str, &str)| (Arc::from(name), eval_with(text, "{}").value);
    values.into_iter().map(entry).collect()
}

fn read(text: &str) -> Result<Expr, Problem> {
    let mut vocabulary = Vocabulary::over(&BASIC);
    for name in NAMES.iter().chain(OWN) {
        vocabulary.add(name, 0);
    }
    parse::parse(text, &mut vocabulary)
}

#[test]
fn a_rule_is_written_with_no_more_brackets_than_it_needs() {
    for (text, tidy) in [
        ("((a) + (b * 2)) - (1 - 2)", "a + b * 2 - (1 - 2)"),
        ("-(a.x) ** (-2)", "-a.x ** -2"),
        ("((-a)) instance of number", "(-a) instance of number"),
        ("(a = 1) or ((b = 2) and not(x))", "a = 1 or b = 2 and not(x)"),
        ("(a or b) and x", "(a or b) and x"),
        ("a in (1)", "a in 1"),
        ("a in ((< 1))", "a in ((< 1))"),
        ("a in (<1,[2..3[)", "a in (< 1, [2..3))"),
        ("(if a then b else x) + 1", "(if a then b else x) + 1"),
        ("/* why */ (1).x[(a)]", "(1).x[a]"),
        (
            "{\"x\": \"\\u0041\\n\", \"1 st\": 1}",
            "{x: \"A\\n\", \"1 st\": 1}",
        ),
        ("f(\"x\": 1)", "f(x: 1)"),
        ("f(\"a\\nb\": 1)", "f(\"a\\nb\": 1)"),
        ("monthly   salary*2", "monthly salary * 2"),
    ] {
        let tidied = tidied(text, &["monthly salary"]);
        assert_eq!(tidied.as_deref(), Ok(tidy));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is written is read as what it was.
    #[test]
    fn a_rule_that_is_written_and_read_is_the_same(tree in tree()) {
        let written = tree.to_string();
        match read(&written) {
            Ok(again) => prop_assert_eq!(&again, &tree, "{} became {}", written, again),
            Err(problem) => prop_assert!(false, "{}: {:?}", written, problem),
        }
    }

    /// Whatever a rule is, evaluating it gives a value, always the same one, and explaining it gives that value too.
    #[test]
    fn any_rule_comes_to_one_value(tree in tree()) {
        let (written, context) = (tree.to_string(), surroundings());
        let Ok(first) = evaluate_text(&written, &context, noon()) else {
            return Ok(());
        };
        let again = evaluate_text(&written, &context, noon()).unwrap();
        // Functions are equal only when they are the same one.
        prop_assert_eq!(first.value.to_string(), again.value.to_string(), "{}", written);
        prop_assert_eq!(&first.warnings, &again.warnings, "{}", written);
        for warning in again.warnings {
            prop_assert!(written.get(warning.span.clone()).is_some(), "{:?} of {}", warning, written);
        }
    }
}
