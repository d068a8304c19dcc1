//! Random methods: definitions in memory whose rules fit the fields that stand around them.

use std::sync::Arc;

use metode::definition::{Library, Method};
use metode::diagnostic::has_errors;
use metode::source::Source;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// What a random method is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    first: Vec<Item>,
    second: Vec<Item>,
    /// What the second form carries: something of the first form, and whether it is only viewed.
    carried: Vec<(usize, bool)>,
    /// Whether the rules of the first form look at fields that stand behind them.
    backwards: bool,
}

#[derive(Clone, Debug)]
enum Item {
    Field(Field),
    Group(Group),
}

#[derive(Clone, Debug)]
struct Field {
    kind: usize,
    show: Option<Rule>,
    require: Option<Rule>,
    more: usize,
    rule: Rule,
}

#[derive(Clone, Debug)]
struct Group {
    for_each: bool,
    show: Option<Rule>,
    require: Option<Rule>,
    constraint: Option<Rule>,
    items: Vec<Item>,
}

/// The shape of a condition, and which fields it looks at.
type Rule = (usize, usize, usize);

fn rule() -> impl Strategy<Value = Rule> {
    (0usize..16, 0usize..64, 0usize..64)
}

fn field() -> impl Strategy<Value = Item> {
    let some = || option::weighted(0.4, rule());
    (0..KINDS.len(), some(), some(), 0usize..8, rule()).prop_map(|(kind, show, require, more, rule)| {
        Item::Field(Field {
            kind,
            show,
            require,
            more,
            rule,
        })
    })
}

fn item() -> impl Strategy<Value = Item> {
    field().prop_recursive(3, 12, 4, |inner| {
        let some = || option::weighted(0.3, rule());
        let group = (any::<bool>(), some(), some(), some(), vec(inner, 1..5));
        let group = group.prop_map(|(for_each, show, require, constraint, items)| {
            Item::Group(Group {
                for_each,
                show,
                require,
                constraint,
                items,
            })
        });
        prop_oneof![2 => field(), 1 => group]
    })
}

pub fn plan() -> impl Strategy<Value = Plan> {
    let carried = vec((0usize..64, any::<bool>()), 0..5);
    (vec(item(), 1..10), vec(item(), 1..6), carried, any::<bool>()).prop_map(
        |(first, second, carried, backwards)| Plan {
            first,
            second,
            carried,
            backwards,
        },
    )
}

const KINDS: [&str; 10] = [
    "yes_no", "number", "text", "choice", "choices", "score", "date", "money", "longtext", "contact",
];

/// Something that a rule can name.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    kind: &'static str,
    members: Vec<Known>,
}

/// A condition on one of the names.
fn test(known: &Known, shape: usize) -> String {
    let name = &known.name;
    let pick = |choices: &[&str]| choices[shape % choices.len()].replace('$', name);
    match known.kind {
        "yes_no" => pick(&["$ = true", "$", "not($)", "$ != null"]),
        "number" | "money" => pick(&[
            "$ > 10",
            "$ in [1..500]",
            "$ = null or $ < 700",
            "modulo($, 2) = 0",
        ]),
        "choice" => pick(&[
            "$ = \"red\"",
            "$ in (\"red\", \"blue\")",
            "$ != null",
            "$ != \"green\"",
        ]),
        "choices" => pick(&[
            "list contains($, \"red\")",
            "count($) > 1",
            "$ = null",
            "some c in $ satisfies c = \"blue\"",
        ]),
        "score" => pick(&["$ >= 1", "$ = null", "$ = 2", "not($ < 2)"]),
        "date" => pick(&["$ > @\"2025-06-01\"", "$ < today()", "$ = null", "$.month > 6"]),
        "code" => pick(&["$ = \"a\"", "$ != \"b\""]),
        "inner code" => pick(&["$ = \"a1\"", "$ != \"b1\""]),
        "contact" => pick(&["$ != null", "$.name = \"A\"", "$.phone != null"]),
        "group" => {
            let member = &known.members[shape % known.members.len()];
            match (member.kind, shape % 4) {
                ("number" | "money" | "score", 0 | 1) => format!("sum({name}.{}) > 20", member.name),
                (_, 2) => format!("count({name}[{}]) > 0", test(member, shape / 2)),
                (_, 3) => {
                    let inside = Known {
                        name: format!("row.{}", member.name),
                        ..member.clone()
                    };
                    format!("some row in {name} satisfies {}", test(&inside, shape / 2))
                }
                _ => format!("count({name}) > 1"),
            }
        }
        _ => pick(&[
            "$ != null",
            "contains($, \"1\")",
            "string length($) > 6",
            "starts with($, \"text\")",
        ]),
    }
}

fn condition((shape, first, second): Rule, scope: &[Known]) -> String {
    if scope.is_empty() {
        return "today() > @\"2025-05-01\"".to_owned();
    }
    let one = |pick: usize| test(&scope[pick % scope.len()], shape / 4);
    match shape % 4 {
        2 => format!("({}) and ({})", one(first), one(second)),
        3 => format!("({}) or not({})", one(first), one(second)),
        _ => one(first),
    }
}

/// A rule that gives a value of a kind of field.
fn value(kind: &str, rule: Rule, scope: &[Known]) -> Option<String> {
    let of = |kinds: &[&str]| {
        let fitting: Vec<&Known> = scope.iter().filter(|known| kinds.contains(&known.kind)).collect();
        (!fitting.is_empty()).then(|| fitting[rule.1 % fitting.len()])
    };
    let sum = |group: &Known| {
        let numbers = ["number", "money", "score"];
        let member = group.members.iter().find(|member| numbers.contains(&member.kind));
        member.map_or(format!("count({})", group.name), |member| {
            format!("sum({}.{})", group.name, member.name)
        })
    };
    Some(match kind {
        "number" | "money" => match (of(&["group"]), of(&["number", "money", "score"])) {
            (Some(group), _) if rule.0.is_multiple_of(2) => sum(group),
            (_, Some(number)) => format!("{} * 2 + 1", number.name),
            (Some(group), _) => sum(group),
            _ => "7".to_owned(),
        },
        "text" | "longtext" => match of(&["text", "number", "date", "choice"]) {
            Some(known) => format!("string({})", known.name),
            None => "\"nothing\"".to_owned(),
        },
        "yes_no" => condition(rule, scope),
        "date" => match of(&["date"]) {
            Some(date) => format!("{} + @\"P1M\"", date.name),
            None => "today()".to_owned(),
        },
        "choice" => format!("if {} then \"red\" else \"blue\"", condition(rule, scope)),
        _ => return None,
    })
}

/// Writes a form, and learns what it holds.
#[derive(Default)]
struct Writer {
    count: usize,
}

impl Writer {
    fn id(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    /// The fields of a form or a group; `scope` is what stands around them, and learns what they are.
    fn items(&mut self, items: &[Item], around: Option<&str>, scope: &mut Vec<Known>) -> Vec<Json> {
        let mut written = Vec::new();
        for item in items {
            let (json, known) = match item {
                Item::Field(field) => self.field(field, scope),
                Item::Group(group) => self.group(group, around, scope),
            };
            written.push(json);
            scope.push(known);
        }
        written
    }

    fn field(&mut self, field: &Field, scope: &[Known]) -> (Json, Known) {
        let (name, kind) = (self.id("f"), KINDS[field.kind]);
        let mut json = json!({"id": name, "label": name, "type": kind});
        match kind {
            "choice" | "choices" => json["options"] = json!("demo.colours"),
            "score" => json["options"] = json!("demo.levels"),
            _ => {}
        }
        let mut rule = |key: &str, rule: Option<String>| {
            if let Some(rule) = rule {
                json[key] = json!(rule);
            }
        };
        rule("show_if", field.show.map(|show| condition(show, scope)));
        rule(
            "require_if",
            field.require.map(|require| condition(require, scope)),
        );
        match field.more {
            1 => rule("value", value(kind, field.rule, scope)),
            2 => rule("initial", value(kind, field.rule, scope)),
            3 => rule("read_only_if", Some(condition(field.rule, scope))),
            4 | 5 if matches!(kind, "choice" | "choices") => {
                let where_ = format!("option.code != \"red\" or {}", condition(field.rule, scope));
                json["options_where"] = json!(where_);
            }
            6 | 7 => {
                let severity = ["error", "warning", "note"][field.rule.2 % 3];
                let rule = condition(field.rule, scope);
                json["constraints"] = json!([{"rule": rule, "message": "no", "severity": severity}]);
            }
            _ => {}
        }
        let known = Known {
            name,
            kind,
            members: Vec::new(),
        };
        (json, known)
    }

    /// `around` is the code of the rows that the group stands in, if they follow a list.
    fn group(&mut self, group: &Group, around: Option<&str>, scope: &[Known]) -> (Json, Known) {
        let name = self.id("g");
        let mut json = json!({"id": name, "label": name, "type": "group"});
        let code = group.for_each.then(|| self.id("code"));
        let mut inside = scope.to_vec();
        if let Some(code) = &code {
            let list = around.map_or("demo.things".to_owned(), |around| {
                format!("demo.things/{{{around}}}")
            });
            json["for_each"] = json!(list);
            json["as"] = json!(code);
            inside.push(Known {
                name: code.clone(),
                kind: if around.is_some() { "inner code" } else { "code" },
                members: Vec::new(),
            });
        }
        if let Some(show) = group.show {
            json["show_if"] = json!(condition(show, &inside));
        }
        // The leaves of the list have nothing below them.
        let own = if around.is_some() { None } else { code.as_deref() };
        let before = inside.len();
        json["fields"] = json!(self.items(&group.items, own, &mut inside));
        let members = inside.split_off(before);
        let known = Known {
            name,
            kind: "group",
            members,
        };
        if let (Some(require), false) = (group.require, group.for_each) {
            json["require_if"] = json!(condition(require, scope));
        }
        if let Some(constraint) = group.constraint {
            let rule = test(&known, constraint.0);
            json["constraints"] = json!([{"rule": rule, "message": "no", "severity": "warning"}]);
        }
        (json, known)
    }
}

fn form(id: &str, sections: Vec<Json>) -> Source {
    let sections: Vec<Json> = sections
        .into_iter()
        .enumerate()
        .map(|(at, fields)| json!({"id": format!("s{at}"), "title": "Section", "fields": fields}))
        .filter(|section| {
            section["fields"]
                .as_array()
                .is_some_and(|fields| !fields.is_empty())
        })
        .collect();
    let json = json!({"form": id, "phase": "phase", "title": id, "repeats": true, "sections": sections});
    file(&format!("methods/demo/forms/{id}.yaml"), &json)
}

/// JSON is YAML.
fn file(path: &str, json: &Json) -> Source {
    Source {
        path: path.to_owned(),
        text: json.to_string(),
    }
}

fn lists() -> [Source; 3] {
    let list = |name: &str, concepts: Json| {
        let json =
            json!({"catalogue": "demo", "edition": "1", "list": name, "title": name, "concepts": concepts});
        file(&format!("catalogues/{name}.yaml"), &json)
    };
    let concept = |code: &str, below: &[&str]| {
        let below: Vec<Json> = below
            .iter()
            .map(|code| json!({"code": code, "label": code}))
            .collect();
        match below.is_empty() {
            true => json!({"code": code, "label": code}),
            false => json!({"code": code, "label": code, "concepts": below}),
        }
    };
    let level = |level: i32| json!({"code": format!("l{level}"), "label": "Level", "level": level});
    [
        list(
            "colours",
            json!([concept("red", &[]), {"code": "blue", "label": "Blue", "free_text": "which"}, concept("green", &[])]),
        ),
        list(
            "levels",
            json!([level(0), level(1), level(2), {"code": "unknown", "label": "Unknown"}]),
        ),
        list(
            "things",
            json!([concept("a", &["a1", "a2"]), concept("b", &["b1"])]),
        ),
    ]
}

fn head() -> Source {
    let json = json!({
        "method": "demo", "version": "1.0.0", "title": "Demo", "language": "en", "valid_from": "2025-01-01",
        "namespace": "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "catalogues": {"demo": "1"},
        "roles": [{"id": "worker", "title": "Worker"}], "phases": [{"id": "phase", "title": "Phase"}],
        "case": {"title": "number", "fields": [{"id": "number", "label": "Number", "type": "text"}]},
        "citizen": {"fields": [{"id": "born", "label": "Born", "type": "date"}]},
    });
    file("methods/demo/method.yaml", &json)
}

fn texts() -> Source {
    let path = metode_tests::definitions().join("../tests/refused/base/texts/en.yaml");
    Source {
        path: "texts/en.yaml".to_owned(),
        text: std::fs::read_to_string(path).unwrap(),
    }
}

impl Plan {
    /// The files of the method.
    fn files(&self) -> Vec<Source> {
        let mut writer = Writer::default();
        let mut first = Vec::new();
        let mut written = writer.items(&self.first, None, &mut first);
        if self.backwards {
            written.reverse();
        }
        let halves = written.split_off(written.len() / 2);
        let mut files: Vec<Source> = lists().into_iter().chain([head(), texts()]).collect();
        files.push(form("first", vec![json!(written), json!(halves)]));
        let mut carried = Vec::new();
        for (pick, view) in &self.carried {
            let source = &first[pick % first.len()];
            let follows = |known: &Known| known.members.iter().any(|member| member.kind.ends_with("code"));
            if follows(source)
                || carried
                    .iter()
                    .any(|json: &Json| json["id"] == json!(format!("c_{}", source.name)))
            {
                continue;
            }
            let (from, mode) = (
                format!("first.{}", source.name),
                if *view { "view" } else { "copy" },
            );
            carried.push(json!({"id": format!("c_{}", source.name), "carry": {"from": from, "as": mode}}));
        }
        // The rules of the second form look at the first one and at what it carries.
        let seen = |known: &Known| Known {
            name: format!("first.{}", known.name),
            ..known.clone()
        };
        let mut scope: Vec<Known> = first.iter().map(seen).collect();
        let taken = carried.iter().filter_map(|json| json["id"].as_str());
        scope.extend(taken.filter_map(|id| {
            let source = first.iter().find(|known| format!("c_{}", known.name) == id)?;
            Some(Known {
                name: id.to_owned(),
                ..source.clone()
            })
        }));
        let own = writer.items(&self.second, None, &mut scope);
        files.push(form("second", vec![json!(carried), json!(own)]));
        files
    }

    /// The method, unless a rule is such that the definition is refused.
    pub fn method(&self) -> Result<Arc<Method>, String> {
        let loaded = Library::read(self.files());
        if has_errors(&loaded.diagnostics) {
            return Err(metode::diagnostic::render(&loaded.diagnostics));
        }
        Ok(loaded.library.method("demo").unwrap().clone())
    }
}
