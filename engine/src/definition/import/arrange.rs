//! Puts the concepts of a code system into lists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::Edition;
use super::read::{CodeSystem, Coded};
use crate::diagnostic::{Diagnostic, Severity};

/// How letters that ids do not have are spelt in them.
const LETTERS: &str = "å→aa, æ→ae, ø→oe";

/// A list's id, and what stands in its file.
pub type Arranged = (String, Map<String, Json>);

/// Each concept at the top as a list.
pub fn by_itself(system: &CodeSystem, edition: &Edition) -> Vec<Arranged> {
    let mut taken = BTreeSet::new();
    let lists = system.concepts.iter().filter(|top| !top.concepts.is_empty());
    lists
        .map(|top| {
            let mut codes = BTreeSet::new();
            let concepts = top.concepts.iter().map(|concept| fresh(concept, "", &mut codes));
            let concepts = concepts.collect();
            let list = code(&top.display, "", &mut taken);
            let file = file(system, edition, (&list, &top.display), concepts);
            (list, file)
        })
        .collect()
}

/// As the lists of another edition; what has no place there is told. Lists of another system, or of none, stay as they are.
pub fn like(
    system: &CodeSystem,
    edition: &Edition,
    lists: Vec<Json>,
    told: &mut Vec<Diagnostic>,
) -> Vec<Arranged> {
    let mut all = BTreeMap::new();
    gather(&system.concepts, &mut all);
    let mut arranging = Arranging {
        all,
        placed: BTreeSet::new(),
    };
    let of_system = |list: &Json| text(list, "system") == system.url;
    if !lists.iter().any(of_system) {
        let message = format!("no list of the edition is of the system `{}`", system.url);
        let systems: BTreeSet<String> = lists.iter().map(|list| text(list, "system")).collect();
        let systems: Vec<&str> = systems
            .iter()
            .map(String::as_str)
            .filter(|one| !one.is_empty())
            .collect();
        let hint = match systems.is_empty() {
            true => "say under `system` in its lists whose identifiers `id` holds".to_owned(),
            false => format!("its lists are of: {}", systems.join(", ")),
        };
        told.push(Diagnostic::without_source(message).with_hint(hint));
        return Vec::new();
    }
    let known: Vec<Vec<Json>> = lists
        .iter()
        .map(|list| match of_system(list) {
            true => arranging.known(items(list)),
            false => Vec::new(),
        })
        .collect();
    let mut arranged: Vec<Arranged> = Vec::new();
    for (list, mut concepts) in lists.into_iter().zip(known) {
        let id = text(&list, "list");
        let mut taken = BTreeSet::new();
        if of_system(&list) && !concepts.is_empty() {
            codes(&concepts, &mut taken);
            arranging.complete(&mut concepts, &mut taken);
            let file = file(system, edition, (&id, &text(&list, "title")), concepts);
            arranged.push((id, file));
        } else if let (false, Json::Object(mut file)) = (of_system(&list), list) {
            file.insert("edition".to_owned(), Json::String(edition.edition.clone()));
            arranged.push((id, file));
        }
    }
    arranging.left(&system.concepts, told);
    arranged
}

fn file(
    system: &CodeSystem,
    edition: &Edition,
    (list, title): (&str, &str),
    concepts: Vec<Json>,
) -> Map<String, Json> {
    let source = || format!("{} {}", system.name, system.version);
    let source = edition.source.clone().unwrap_or_else(source);
    let texts = [
        ("catalogue", edition.catalogue.as_str()),
        ("edition", &edition.edition),
        ("list", list),
        ("title", title),
        ("source", &source),
        ("system", &system.url),
    ];
    let texts = texts.map(|(key, text)| (key.to_owned(), Json::String(text.to_owned())));
    let concepts = ("concepts".to_owned(), Json::Array(concepts));
    texts.into_iter().chain([concepts]).collect()
}

fn gather<'a>(concepts: &'a [Coded], all: &mut BTreeMap<&'a str, &'a Coded>) {
    for concept in concepts {
        all.insert(&concept.code, concept);
        gather(&concept.concepts, all);
    }
}

fn codes(concepts: &[Json], taken: &mut BTreeSet<String>) {
    for concept in concepts {
        taken.insert(text(concept, "code"));
        codes(items(concept), taken);
    }
}

fn text(json: &Json, key: &str) -> String {
    json.get(key)
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn items(json: &Json) -> &[Json] {
    json.get("concepts")
        .and_then(Json::as_array)
        .map_or(&[], Vec::as_slice)
}

struct Arranging<'a> {
    all: BTreeMap<&'a str, &'a Coded>,
    placed: BTreeSet<&'a str>,
}

impl<'a> Arranging<'a> {
    /// The concepts of the other edition that the code system has, or that are none of its own; those below one that it
    /// does not have take its place.
    fn known(&mut self, concepts: &[Json]) -> Vec<Json> {
        let mut kept = Vec::new();
        for concept in concepts {
            let below = self.known(items(concept));
            let coded = match concept.get("id").and_then(Json::as_str) {
                None => None,
                Some(id) => match self.all.get(id) {
                    Some(coded) => Some(*coded),
                    None => {
                        kept.extend(below);
                        continue;
                    }
                },
            };
            self.placed.extend(coded.map(|coded| coded.code.as_str()));
            kept.push(worded(concept, coded, below));
        }
        kept
    }

    /// Adds what the code system has below a concept and the other edition has not.
    fn complete(&mut self, concepts: &mut [Json], taken: &mut BTreeSet<String>) {
        for concept in concepts {
            let Some(members) = concept.as_object_mut() else {
                continue;
            };
            let id = members.get("id").and_then(Json::as_str).unwrap_or_default();
            let coded = self.all.get(id).copied();
            let under = members
                .get("code")
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned();
            let mut below = match members.remove("concepts") {
                Some(Json::Array(below)) => below,
                _ => Vec::new(),
            };
            self.complete(&mut below, taken);
            for coded in coded.map(|coded| coded.concepts.as_slice()).unwrap_or_default() {
                if self.lacks(coded) {
                    self.place(coded);
                    below.push(fresh(coded, &under, taken));
                }
            }
            if !below.is_empty() {
                members.insert("concepts".to_owned(), Json::Array(below));
            }
        }
    }

    /// Whether neither a concept nor anything below it has a place.
    fn lacks(&self, coded: &Coded) -> bool {
        !self.placed.contains(coded.code.as_str()) && coded.concepts.iter().all(|below| self.lacks(below))
    }

    fn place(&mut self, coded: &'a Coded) {
        self.placed.insert(&coded.code);
        coded.concepts.iter().for_each(|below| self.place(below));
    }

    /// Tells what has no place in any list; of a branch only its top.
    fn left(&self, concepts: &[Coded], told: &mut Vec<Diagnostic>) {
        for coded in concepts {
            if self.lacks(coded) {
                let (source, span) = &coded.place;
                let message = format!("`{}` has no place in the lists", coded.display);
                let hint = "it is left out, with all below it; put it into a list if it is needed";
                told.push(Diagnostic::new(Severity::Warning, source, span.clone(), message).with_hint(hint));
            } else {
                self.left(&coded.concepts, told);
            }
        }
    }
}

/// A concept of the other edition with the code system's wording.
fn worded(concept: &Json, coded: Option<&Coded>, below: Vec<Json>) -> Json {
    let mut members = Map::new();
    for (key, value) in concept.as_object().into_iter().flatten() {
        let theirs = coded.is_some() && matches!(key.as_str(), "display" | "definition");
        if !theirs && key != "concepts" {
            members.insert(key.clone(), value.clone());
        }
        if let (Some(coded), "id") = (coded, key.as_str()) {
            let printed = text(concept, "label");
            let own = concept.get("display").is_some();
            if !own {
                members.insert("label".to_owned(), Json::String(coded.display.clone()));
            } else if printed != coded.display {
                members.insert("display".to_owned(), Json::String(coded.display.clone()));
            }
            if let Some(definition) = &coded.definition {
                members.insert("definition".to_owned(), Json::String(definition.clone()));
            }
        }
    }
    if !below.is_empty() {
        members.insert("concepts".to_owned(), Json::Array(below));
    }
    Json::Object(members)
}

/// A concept that only the code system has, with all below it.
fn fresh(coded: &Coded, under: &str, taken: &mut BTreeSet<String>) -> Json {
    let mut members = Map::new();
    let own = code(&coded.display, under, taken);
    let mut put = |key: &str, value: &str| members.insert(key.to_owned(), Json::String(value.to_owned()));
    put("code", &own);
    put("label", &coded.display);
    put("id", &coded.code);
    if let Some(definition) = &coded.definition {
        put("definition", definition);
    }
    if !coded.concepts.is_empty() {
        members.insert("selectable".to_owned(), Json::Bool(false));
        let below = coded.concepts.iter().map(|below| fresh(below, &own, taken));
        let below = below.collect();
        members.insert("concepts".to_owned(), Json::Array(below));
    }
    Json::Object(members)
}

/// A code made of a wording: ASCII, and nobody else's.
fn code(wording: &str, under: &str, taken: &mut BTreeSet<String>) -> String {
    let mut plain = String::new();
    for letter in wording.to_lowercase().chars() {
        let pair = LETTERS
            .split(", ")
            .find_map(|pair| pair.strip_prefix(letter)?.strip_prefix('→'));
        match pair {
            Some(ascii) => plain.push_str(ascii),
            None if letter.is_ascii_alphanumeric() => plain.push(letter),
            None => plain.push(' '),
        }
    }
    let plain = plain
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_");
    let above = if under.is_empty() {
        plain.clone()
    } else {
        format!("{under}_{plain}")
    };
    let numbered = (2..).map(|number| format!("{above}_{number}"));
    let mut free = [plain, above.clone()]
        .into_iter()
        .chain(numbered)
        .filter(|code| !code.is_empty() && !taken.contains(code));
    let code = free.next().unwrap_or_default();
    taken.insert(code.clone());
    code
}
