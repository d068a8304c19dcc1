//! Whether a migration has an answer for everything that the earlier version can hold.

use std::collections::{BTreeMap, BTreeSet};

use super::fate::{Fate, Spot};
use super::{Code, Migration};
use crate::definition::yaml::Document;
use crate::definition::{Field, Form, Kind, List, Options};
use crate::diagnostic::Diagnostic;
use crate::version::place::{self, ANY};

/// Tells everything that would be neither kept, mapped nor retired.
pub fn check(migration: &Migration, document: &Document, problems: &mut Vec<Diagnostic>) {
    let mut account = Account {
        migration,
        document,
        problems: Vec::new(),
        told: BTreeSet::new(),
        taken: BTreeMap::new(),
    };
    for form in &migration.from.all {
        if !account.form(form) {
            continue;
        }
        place::each(form, &mut |field, path, keys| {
            account.field(form, field, path, keys)
        });
    }
    problems.append(&mut account.problems);
}

struct Account<'a> {
    migration: &'a Migration,
    document: &'a Document,
    problems: Vec<Diagnostic>,
    /// What was told already: a group once, not each field in it.
    told: BTreeSet<String>,
    /// What comes to each place of the later version.
    taken: BTreeMap<String, String>,
}

fn shown(form: &str, path: &[&str]) -> String {
    let parts = path.iter().copied().filter(|part| *part != ANY);
    std::iter::once(form).chain(parts).collect::<Vec<_>>().join(".")
}

impl Account<'_> {
    fn tell(&mut self, what: String, message: String, hint: String) {
        if self.told.insert(what) {
            let span = self.document.span("/migration");
            let diagnostic = Diagnostic::error(&self.document.source, span, message);
            self.problems.push(diagnostic.with_hint(hint));
        }
    }

    /// Whether the form is there at all, or something happens to its fields.
    fn form(&mut self, form: &Form) -> bool {
        let there = self.migration.to.all.iter().any(|other| other.id == form.id);
        let named = self.migration.steps.iter().any(|step| step.from.form == form.id);
        if there || named {
            return true;
        }
        let message = format!("the form `{}` is neither kept, moved nor retired", form.id);
        let hint = format!("`{}` has no such form", self.migration.to.name());
        self.tell(form.id.clone(), message, hint);
        false
    }

    fn field(&mut self, form: &Form, field: &Field, path: &[&str], keys: &[&str]) {
        match self.migration.fate(form, path) {
            Fate::Retired(..) | Fate::Formula(_) => {}
            Fate::Missing(other, target) => self.missing(form, field, path, (&other, &target)),
            Fate::To(spot) => {
                self.alone(form, field, path, &spot);
                if let Some(there) = spot.form.fields.get(spot.field) {
                    self.fits(form, field, (path, keys), (&spot, there));
                }
            }
        }
    }

    fn missing(&mut self, form: &Form, field: &Field, path: &[&str], (other, target): (&str, &[String])) {
        let to = self.migration.to.all.iter().find(|form| form.id == other);
        let known = (1..=target.len())
            .rev()
            .find(|end| {
                let parts: Vec<&str> = target.iter().take(*end).map(String::as_str).collect();
                to.is_some_and(|form| place::find(form, &parts).is_some())
            })
            .unwrap_or(0);
        // As far as the later version has it, and one part more: that is what is missing.
        let end = path
            .len()
            .saturating_sub(target.len().saturating_sub(known + 1))
            .max(1);
        let lost = path.get(..end).unwrap_or(path);
        let name = shown(&form.id, lost);
        let row = end % 2 == 0;
        let noun = if row { "the row " } else { "" };
        let message = format!("{noun}`{name}` is neither kept, mapped nor retired");
        let near = to.filter(|_| !row).and_then(|to| {
            let fresh = |other: &&Field| form.field_at(&other.path).is_none();
            to.fields
                .iter()
                .filter(fresh)
                .find(|other| other.label == field.label && end == path.len())
        });
        let place = format!("{}:{}", field.place.source.path, field.place.position().line);
        let hint = match near {
            Some(near) => format!(
                "is it `{other}.{}` now? then `rename` or `move` it (it stands at {place})",
                near.path
            ),
            None if row => format!(
                "map its code with `codes`, `move` the row, or `retire` it with a reason (its fields stand at {place})"
            ),
            None => format!(
                "`rename` or `move` it, make something else of it with `convert`, `combine` or `split`, or `retire` it with a reason (it stands at {place})"
            ),
        };
        self.tell(name, message, hint);
    }

    /// Two answers cannot stand in one place; several choices can.
    fn alone(&mut self, form: &Form, field: &Field, path: &[&str], spot: &Spot) {
        let text = matches!(field.kind, Kind::Text | Kind::LongText);
        if matches!(field.kind, Kind::Choices(_)) || (spot.joined && text) {
            return;
        }
        let target = format!("{}.{}", spot.form.id, spot.path.join("."));
        let here = shown(&form.id, path);
        if let Some(other) = self.taken.insert(target.clone(), here.clone()) {
            let message = format!("both `{other}` and `{here}` become `{target}`");
            self.tell(
                format!("{target} twice"),
                message,
                "make one answer of them with `combine`, or `retire` one".to_owned(),
            );
        }
    }

    fn fits(
        &mut self,
        form: &Form,
        field: &Field,
        (path, keys): (&[&str], &[&str]),
        (spot, there): (&Spot, &Field),
    ) {
        let name = shown(&form.id, path);
        if !same_kind(field, there) {
            let (old, new) = (field.kind.name(), there.kind.name());
            let message = format!("`{name}` is {old} and becomes {new}");
            return self.tell(
                format!("{}.{}", form.id, field.path),
                message,
                "say with `convert` and a FEEL expression what becomes of its answers".to_owned(),
            );
        }
        if there.closed() && !field.closed() {
            let message =
                format!("`{name}` would stand where the later version computes or shows something itself");
            let hint =
                "`retire` it with a reason: what people wrote there would no longer be seen".to_owned();
            return self.tell(format!("{}.{}", form.id, field.path), message, hint);
        }
        let (Some(Options::List(old, branch)), Some(Options::List(new, new_branch))) =
            (field.options(), there.options())
        else {
            return;
        };
        let target: Vec<&str> = spot.path.iter().map(String::as_str).collect();
        let new_keys = place::find(spot.form, &target)
            .map(|spot| spot.keys)
            .unwrap_or_default();
        let can_be = |code: &str| {
            let mut below = new.below(new_branch.code(&new_keys)).iter();
            below.any(|concept| &*concept.code == code && concept.selectable)
        };
        for concept in old
            .below(branch.code(keys))
            .iter()
            .filter(|concept| concept.selectable)
        {
            let code = &*concept.code;
            let to: Vec<&str> = match self.migration.code(&form.id, path, &old.name(), code) {
                None => vec![code],
                Some(Code::To(code)) => vec![code],
                Some(Code::When(cases)) => cases.iter().map(|(_, code)| code.as_str()).collect(),
                Some(Code::Decide(codes, _)) => codes.iter().map(String::as_str).collect(),
                Some(Code::Retire(_)) => Vec::new(),
            };
            for wrong in to.into_iter().filter(|code| !can_be(code)) {
                self.lost(old, code, wrong, &name, new);
            }
        }
    }

    fn lost(&mut self, list: &List, code: &str, to: &str, field: &str, new: &List) {
        let once = format!("{} {code} {to}", list.name());
        if code == to {
            let message = format!(
                "the code `{code}` of `{}` is neither kept, mapped nor retired",
                list.name()
            );
            let hint = format!(
                "`{field}` can hold it, and cannot any more: write `codes: {}` with `map: {{{code}: …}}`",
                list.name()
            );
            self.tell(once, message, hint);
        } else {
            let message = format!("`{code}` becomes `{to}`, which `{field}` cannot hold");
            let hint = format!("the codes of `{}` that can be chosen there", new.name());
            self.tell(once, message, hint);
        }
    }
}

/// Whether an answer of the one is an answer of the other as it stands.
fn same_kind(old: &Field, new: &Field) -> bool {
    let (old, new) = (old.kind.name(), new.kind.name());
    old == new
        || matches!(
            (old, new),
            ("text", "longtext")
                | ("number", "money")
                | ("money", "number")
                | ("choice", "score")
                | ("score", "choice")
        )
}
