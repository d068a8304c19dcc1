//! The editions that a method pins: which there are, and whether it is clear which of them hold on each day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue::{List, Pin};
use super::lower::Lists;
use super::mirror::{self, EditionPin, Pinned};
use super::needs::Needs;
use super::unreadable::Unreadable;
use super::yaml::Document;
use crate::diagnostic::Diagnostic;
use crate::value::Date;

/// Every edition of every catalogue.
pub type Editions = BTreeMap<(String, String), Lists>;

/// What a method pins, and the lists that this gives it.
pub fn lists(
    content: &mirror::Method,
    document: &Document,
    editions: &Editions,
    unreadable: &mut Unreadable,
    problems: &mut Vec<Diagnostic>,
) -> (BTreeMap<String, Vec<Pin>>, Lists) {
    let (mut catalogues, mut lists) = (BTreeMap::new(), Lists::default());
    for (catalogue, pinned) in &content.catalogues {
        let pointer = format!("/catalogues/{catalogue}");
        if Needs::has_list(catalogue) {
            let message = format!("`{catalogue}` is a name of the engine's own");
            let hint = "the method's data needs go by it; give the catalogue another name".to_owned();
            problems.push(problem(document, &pointer, message, hint));
            continue;
        }
        let before = problems.len();
        let pins = match pinned {
            Pinned::One(edition) => {
                known(catalogue, edition, &pointer, document, editions, problems);
                vec![Pin {
                    edition: edition.clone(),
                    from: None,
                    overlap_until: None,
                }]
            }
            Pinned::Several(several) => {
                for (index, one) in several.iter().enumerate() {
                    let at = format!("{pointer}/{index}/edition");
                    known(catalogue, &one.edition, &at, document, editions, problems);
                }
                windows(several, &pointer, document, problems)
            }
        };
        if problems.len() > before {
            unreadable.note_catalogue(catalogue);
        } else {
            lists.extend(joined(catalogue, &pins, editions));
            same_thing(catalogue, &pins, &lists, &pointer, document, problems);
        }
        catalogues.insert(catalogue.clone(), pins);
    }
    (catalogues, lists)
}

fn problem(document: &Document, pointer: &str, message: String, hint: String) -> Diagnostic {
    Diagnostic::error(&document.source, document.span(pointer), message).with_hint(hint)
}

fn known(
    catalogue: &str,
    edition: &str,
    pointer: &str,
    document: &Document,
    editions: &Editions,
    problems: &mut Vec<Diagnostic>,
) {
    if editions.contains_key(&(catalogue.to_owned(), edition.to_owned())) {
        return;
    }
    let of_it = editions.keys().filter(|(id, _)| id == catalogue);
    let known: Vec<&str> = of_it.map(|(_, edition)| edition.as_str()).collect();
    let hint = if known.is_empty() {
        "no list of this catalogue was found".to_owned()
    } else {
        format!("its editions are: {}", known.join(", "))
    };
    let message = format!("there is no edition `{edition}` of the catalogue `{catalogue}`");
    problems.push(problem(document, pointer, message, hint));
}

/// Editions one after the other: each begins after the one before, and overlaps with that one at most.
fn windows(
    several: &[EditionPin],
    pointer: &str,
    document: &Document,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Pin> {
    let mut pins: Vec<Pin> = Vec::new();
    for (index, one) in several.iter().enumerate() {
        let at = |key: &str| format!("{pointer}/{index}/{key}");
        let mut tell = |key: &str, message: String, hint: &str| {
            problems.push(problem(document, &at(key), message, hint.to_owned()));
        };
        let mut day = |key: &str, text: &Option<String>| {
            let text = text.as_deref()?;
            let day = Date::parse(text);
            if day.is_none() {
                tell(
                    key,
                    format!("`{text}` is not a day"),
                    "days are written as 2025-06-01",
                );
            }
            day
        };
        let edition = &one.edition;
        let (from, until) = (day("from", &one.from), day("overlap_until", &one.overlap_until));
        let Some(before) = pins.last() else {
            for (key, _) in [("from", from), ("overlap_until", until)]
                .iter()
                .filter(|(_, day)| day.is_some())
            {
                let message = format!("edition {edition} is the first one and holds from the beginning");
                tell(key, message, "give days to those that come after it");
            }
            pins.push(Pin {
                edition: edition.clone(),
                from,
                overlap_until: until,
            });
            continue;
        };
        if pins.iter().any(|pin| pin.edition == *edition) {
            tell(
                "edition",
                format!("edition {edition} stands twice"),
                "leave one out",
            );
        }
        if one.from.is_none() {
            let message = format!("it is not said when edition {edition} begins");
            tell(
                "edition",
                message,
                "give `from`; the edition before holds until then",
            );
        }
        if let (Some(from), Some(former)) = (from, before.from)
            && from <= former
        {
            let message = format!(
                "edition {edition} begins on {from}, edition {} before it on {former}",
                before.edition
            );
            tell("from", message, "editions stand in the order in which they begin");
        }
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let message = format!("the overlap is over on {until}, edition {edition} begins on {from}");
            tell(
                "overlap_until",
                message,
                "leave `overlap_until` out when nothing overlaps",
            );
        }
        if let (Some(from), Some(until)) = (from, before.overlap_until)
            && from < until
        {
            let message = format!("from {from} to {until} three editions would hold");
            tell("from", message, "end the overlap of the two before it first");
        }
        pins.push(Pin {
            edition: edition.clone(),
            from,
            overlap_until: until,
        });
    }
    pins
}

/// The lists of a catalogue, each through all pinned editions.
fn joined(catalogue: &str, pins: &[Pin], editions: &Editions) -> Lists {
    let of = |pin: &Pin| editions.get(&(catalogue.to_owned(), pin.edition.clone()));
    let names: BTreeSet<&String> = pins.iter().filter_map(of).flat_map(Lists::keys).collect();
    let list = |name: &&String| {
        let stages: Vec<_> = pins
            .iter()
            .map(|pin| (pin, of(pin).and_then(|lists| lists.get(*name))))
            .collect();
        Some(((*name).clone(), List::of_editions(&stages)?))
    };
    names.iter().filter_map(list).collect()
}

/// While two editions overlap, nothing may be there twice under two codes.
fn same_thing(
    catalogue: &str,
    pins: &[Pin],
    lists: &Lists,
    pointer: &str,
    document: &Document,
    problems: &mut Vec<Diagnostic>,
) {
    for (index, pin) in pins.iter().enumerate() {
        let (Some(from), Some(_)) = (pin.from, pin.overlap_until) else {
            continue;
        };
        for list in lists.values().filter(|list| list.catalogue == catalogue) {
            let mut codes: BTreeMap<&str, &Arc<str>> = BTreeMap::new();
            for concept in list.on(from).all() {
                let Some(id) = concept.id.as_deref() else { continue };
                if let Some(other) = codes.insert(id, &concept.code) {
                    let message = format!(
                        "while the editions overlap, `{}` has `{}` also as `{other}`: both have the id `{id}`",
                        list.name(),
                        concept.code
                    );
                    let hint = "a concept keeps its code from edition to edition".to_owned();
                    problems.push(problem(
                        document,
                        &format!("{pointer}/{index}/overlap_until"),
                        message,
                        hint,
                    ));
                }
            }
        }
    }
}
