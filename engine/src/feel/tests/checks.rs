//! What is wrong with rules.

use super::*;

#[test]
fn what_is_fine_is_not_mentioned() {
    for text in [
        "answer = \"yes\"",
        "answer in (\"yes\", \"no\")",
        "age > 18 and consent",
        "age = null or born < today() - @\"P18Y\"",
        "anything.whatever[x > 1] = anything and anything + 1 = anything",
        "count(homes[rooms > 1]) > 0",
        "list contains(answers, \"yes\")",
        "some x in answers satisfies x = \"maybe\"",
        "if consent then name else null",
        "every h in homes satisfies h.own flat",
        "true",
        "home = null",
        "sort(homes, function(a, b) a.rooms < b.rooms)[1].city",
        "years and months duration(born, today()) >= @\"P18Y\"",
        "age between 1 and 10",
        "age in [1..10]",
        "string(age) + name",
        "max(for h in homes return h.rooms)",
    ] {
        assert_eq!(problems(text), "", "{text}");
    }
}

#[test]
fn names_that_are_not_there() {
    insta::assert_snapshot!(problems("agge > 18"), @"error at `agge`: there is no `agge` (did you mean `age`?)");
    insta::assert_snapshot!(problems("cuont(homes)"), @"error at `cuont`: there is no function `cuont` (did you mean `count`?)");
    insta::assert_snapshot!(problems("home.romos > 1"), @"error at `romos`: there is no `romos` here (did you mean `rooms`?)");
    insta::assert_snapshot!(problems("homes[citty = \"a\"]"), @"error at `citty`: there is no `citty` (did you mean `city`?)");
    insta::assert_snapshot!(problems("born.yaer"), @"error at `yaer`: a date has no `yaer` (did you mean `year`?)");
    insta::assert_snapshot!(problems("age instance of nunber"), @"error at `nunber`: there is no type `nunber` (did you mean `number`?)");
    insta::assert_snapshot!(problems("responses(name)"), @"error at `name`: `responses` takes the name of a form (write it in quotes)");
    insta::assert_snapshot!(problems("agge > 1 and nane = \"a\""), @r"
    error at `agge`: there is no `agge` (did you mean `age`?)
    error at `nane`: there is no `nane` (did you mean `name`?)
    ");
}

#[test]
fn arguments_that_do_not_fit() {
    insta::assert_snapshot!(problems("count()"), @"error at `count`: `count` does not take 0 arguments (`count(list)`)");
    insta::assert_snapshot!(problems("count(lst: homes)"), @"error at `lst`: `count` has no parameter `lst` (did you mean `list`?)");
    insta::assert_snapshot!(problems("string length(age)"), @"error at `age`: `string length` takes text here, not a number (`string length(string)`)");
    insta::assert_snapshot!(problems("matches(name, \"(\")"), @"error at `\"(\"`: a `(` has no `)`");
    insta::assert_snapshot!(problems("replace(name, \"[\", \"x\", \"i\")"), @r#"error at `"["`: a `[` has no `]`"#);
    insta::assert_snapshot!(problems("date(\"2025-13-01\")"), @"error at `date(\"2025-13-01\")`: `2025-13-01` is not a date");
    insta::assert_snapshot!(problems("@\"2025-13-01\""), @"error at `@\"2025-13-01\"`: `2025-13-01` is not a date, a time or a duration (dates are written `@\"2025-06-01\"`)");
}

#[test]
fn operators_that_can_never_work() {
    insta::assert_snapshot!(problems("born + name"), @"error at `born + name`: `+` does not work on a date and a string");
    insta::assert_snapshot!(problems("age = \"18\""), @r#"error at `age = "18"`: `=` between a number and a string can never be true"#);
    insta::assert_snapshot!(problems("born > age"), @"error at `born > age`: `>` between a date and a number can never be true");
    insta::assert_snapshot!(problems("consent > consent"), @"error at `consent > consent`: a boolean has no order, so `>` is never true");
    insta::assert_snapshot!(problems("age > null"), @"error at `age > null`: `>` with null is never true");
    insta::assert_snapshot!(problems("age in (\"a\", 1)"), @r#"error at `"a"`: a number is never in a string"#);
    insta::assert_snapshot!(problems("age and consent"), @"error at `age`: a condition is true or false, this is a number");
    insta::assert_snapshot!(problems("-name"), @"error at `name`: `-` does not work on a string");
    insta::assert_snapshot!(problems("age / 0"), @"error at `age / 0`: division by zero is always null");
    insta::assert_snapshot!(problems("age + null"), @"error at `age + null`: `+` with null is always null");
    insta::assert_snapshot!(problems("string length(null)"), @"error at `null`: `string length` of null is always null");
    insta::assert_snapshot!(problems("age instance of string"), @"error at `age instance of string`: a number is never a string");
    insta::assert_snapshot!(problems("1 / 0"), @"error at `1 / 0`: division by zero");
    insta::assert_snapshot!(problems("{a: 1, a: 2}"), @"error at `a`: the key `a` is there twice");
}

#[test]
fn codes_that_are_not_in_the_list() {
    insta::assert_snapshot!(problems("answer = \"yess\""), @r#"error at `"yess"`: `yess` is not a code of `answers` (did you mean `yes`?)"#);
    insta::assert_snapshot!(problems("\"never\" = answer"), @r#"error at `"never"`: `never` is not a code of `answers` (the codes are `yes`, `no`, `maybe`)"#);
    insta::assert_snapshot!(problems("answer in (\"yes\", \"on\")"), @r#"error at `"on"`: `on` is not a code of `answers` (did you mean `no`?)"#);
    insta::assert_snapshot!(problems("answer in [\"yes\", \"on\"]"), @r#"error at `"on"`: `on` is not a code of `answers` (did you mean `no`?)"#);
    insta::assert_snapshot!(problems("answer = (if consent then \"yess\" else \"no\")"), @r#"error at `"yess"`: `yess` is not a code of `answers` (did you mean `yes`?)"#);
    insta::assert_snapshot!(problems("count(answers[item = \"yess\"]) > 0"), @r#"error at `"yess"`: `yess` is not a code of `answers` (did you mean `yes`?)"#);
    insta::assert_snapshot!(problems("list contains([\"yes\", \"on\"], answer)"), @r#"error at `"on"`: `on` is not a code of `answers` (did you mean `no`?)"#);
    insta::assert_snapshot!(problems("list contains(answers, \"nope\")"), @r#"error at `"nope"`: `nope` is not a code of `answers` (the codes are `yes`, `no`, `maybe`)"#);
    insta::assert_snapshot!(problems("some x in answers satisfies x = \"ye\""), @r#"error at `"ye"`: `ye` is not a code of `answers` (did you mean `yes`?)"#);
}

#[test]
fn conditions_that_are_always_the_same() {
    insta::assert_snapshot!(problems("1 = 1"), @"warning at `1 = 1`: this is always true");
    insta::assert_snapshot!(problems("consent and 2 < 1"), @"warning at `2 < 1`: this is always false");
    insta::assert_snapshot!(problems("if not(true) then 1 else 2"), @"warning at `not(true)`: this is always false");
}

#[test]
fn syntax_is_explained_in_words() {
    insta::assert_snapshot!(problems(""), @"error at ``: the expression is empty");
    insta::assert_snapshot!(problems("age >"), @"error at ``: the expression ends where a value is expected");
    insta::assert_snapshot!(problems("age in "), @"error at ``: the expression ends where a value is expected");
    insta::assert_snapshot!(problems("age between 1 and"), @"error at ``: the expression ends where a value is expected");
    insta::assert_snapshot!(problems("for"), @"error at ``: the expression ends where a name is expected");
    insta::assert_snapshot!(problems("count("), @"error at ``: the expression ends where a value is expected");
    insta::assert_snapshot!(problems("home."), @"error at ``: the expression ends where a name is expected");
    insta::assert_snapshot!(problems("age instance of"), @"error at ``: the expression ends where the name of a type is expected");
    insta::assert_snapshot!(problems("age == 1"), @"error at `=`: `=` stands where a value is expected (equality is a single `=`)");
    insta::assert_snapshot!(problems("if consent then 1"), @"error at ``: the expression ends where `else` is expected");
    insta::assert_snapshot!(problems("if consent 1 else 2"), @"error at `1`: `1` stands where `then` is expected");
    insta::assert_snapshot!(problems("for x in homes 1"), @"error at `1`: `1` stands where `return` is expected");
    insta::assert_snapshot!(problems("some x homes"), @"error at `homes`: `homes` stands where `in` is expected");
    insta::assert_snapshot!(problems("[1, 2"), @"error at ``: the expression ends where an operator, `,` or a closing bracket is expected");
    insta::assert_snapshot!(problems("age && consent"), @"error at `&`: `&` stands where an operator or the end of the expression is expected (write `and`)");
    insta::assert_snapshot!(problems("name = 'x'"), @"error at `'`: `'` stands where a value is expected (text stands between straight double quotes)");
    insta::assert_snapshot!(problems("name = \"x"), @r#"error at `"x`: the text does not end (close it with `"`)"#);
    insta::assert_snapshot!(problems("(1, 2)"), @"error at `(1, 2)`: several values stand between round brackets (a list is written between square brackets)");
    insta::assert_snapshot!(problems("(< 1..3)"), @"error at `(< 1..3)`: a range begins with a value, not with `<`");
    insta::assert_snapshot!(problems("{a 1}"), @"error at `1`: `1` stands where `:` is expected");
    insta::assert_snapshot!(problems("age foo"), @"error at `foo`: `foo` stands where an operator or the end of the expression is expected");
    insta::assert_snapshot!(problems("1 /* x"), @"error at `/*`: the comment does not end (close it with `*/`)");
}

#[test]
fn what_a_rule_reads() {
    let reads = |text: &str| program(text).reads().clone();
    let rooms = (HOME, Arc::from("rooms"));
    assert_eq!(reads("home.rooms > 1").members, [rooms.clone()].into());
    assert!(reads("home.rooms > 1").whole.is_empty());
    assert_eq!(reads("home.rooms > 1").slots.len(), 1);
    assert_eq!(reads("count(homes[rooms > 1])").members, [rooms.clone()].into());
    assert!(reads("count(homes[rooms > 1])").whole.is_empty());
    assert!(reads("home = null").whole.is_empty());
    assert!(reads("sum(for h in homes return h.rooms)").whole.is_empty());
    assert!(reads("some h in homes satisfies h.rooms > 1").whole.is_empty());
    assert!(
        reads("sort(homes, function(a, b) a.rooms < b.rooms)[1].city")
            .whole
            .is_empty()
    );
    assert!(reads("sum(responses(\"home\").rooms)").members.contains(&rooms));
    assert!(reads("{h: home}.h.rooms").whole.is_empty());
    for text in [
        "home",
        "homes",
        "home = {}",
        "[home]",
        "distinct values(homes)",
        "get entries(home)",
        "{f: function(x) x.city, r: f(home)}.r",
        "homes[anything]",
        "sort(homes, function(a: context, b: context) a.rooms < b.rooms)[1].city",
    ] {
        assert_eq!(reads(text).whole, [HOME].into(), "{text}");
    }
}
