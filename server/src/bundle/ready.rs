//! What a version must fulfil before it can be published.

use std::sync::Arc;

use metode::case::{self, CaseFile};
use metode::definition::yaml::Document;
use metode::definition::{Library, Method, numbers};
use metode::diagnostic::Diagnostic;
use metode::source::Source;
use metode::version::{self, Bump, Change, Declared};
use serde_json::Value as Json;

use super::failures;

/// Why a version cannot be published yet: nothing tells what is new, its cases fail or show nothing, the version before it is
/// not published or one after it is, or its number hides what changed.
pub fn unfit(library: &Library, method: &Arc<Method>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let name = method.name();
    if method.changes.is_empty() {
        let message = format!("`{name}` does not tell what is new in it");
        let hint = "say under `changes` what is new, a text a line: whoever installs it reads that";
        problems.push(at_top(method, message).with_hint(hint));
    }
    if method.cases.is_empty() {
        let message = format!("`{name}` has no cases that show how it works");
        let hint = "write under `cases/` what must come out; `metode test` runs it";
        problems.push(at_top(method, message).with_hint(hint));
    }
    if !method.cases.is_empty() && expectations(library, method) == 0 {
        let message = format!("the cases of `{name}` expect nothing");
        let hint = "say under `expect` what must come out; `metode test` runs it";
        problems.push(at_top(method, message).with_hint(hint));
    }
    problems.extend(overtaken(library, method));
    problems.extend(failures(library, method, method.cases.iter()));
    problems.extend(method.cases.iter().flat_map(|case| left_out(method, case)));
    if let Some(former) = former(library, method) {
        if !method.changes.is_empty() && method.changes == former.changes {
            let message = format!("`{name}` tells what was new in `{}`", former.name());
            let hint = "say under `changes` what is new in this version";
            problems.push(at_top(method, message).with_hint(hint));
        }
        if !library.lock().published.contains_key(&former.name()) {
            let message = format!("`{}` comes before `{name}` and is not published", former.name());
            let hint = "publish versions in their order: what may still change cannot be built upon";
            problems.push(at_top(method, message).with_hint(hint));
        }
        let migration = library.migration(&former.name(), &name);
        if migration.is_none() {
            let message = format!(
                "`{name}` does not say what becomes of the cases of `{}`",
                former.name()
            );
            let hint = format!(
                "write it into `migrations/{}.yaml`; what is not named there stays as it is",
                former.version
            );
            problems.push(at_top(method, message).with_hint(hint));
        }
        let declared = migration
            .map(|migration| migration.declared())
            .unwrap_or_default();
        problems.extend(hidden(former, method, &declared));
        problems.extend(dropped(former, method));
    }
    problems
}

/// How many expectations its cases have.
fn expectations(library: &Library, method: &Method) -> usize {
    let files = method.cases.iter();
    let files = files.filter_map(|source| CaseFile::read(library, source).ok());
    files.map(|file| case::run(&file).expectations).sum()
}

/// A later version that is published already: it never says what becomes of this one's cases.
fn overtaken(library: &Library, method: &Method) -> Option<Diagnostic> {
    let published = |name: &String| library.lock().published.contains_key(name);
    if published(&method.name()) {
        return None;
    }
    let mut later = library.methods().iter().filter(|other| {
        other.id == method.id
            && numbers(&other.version) > numbers(&method.version)
            && published(&other.name())
    });
    let (name, later) = (method.name(), later.next()?.name());
    let message = format!("`{name}` comes before `{later}`, which is published");
    let hint = format!(
        "go on from the newest version: `{later}` cannot say any more what becomes of the cases of `{name}`"
    );
    Some(at_top(method, message).with_hint(hint))
}

/// The cases of the former version that are gone although what they show still holds.
fn dropped(former: &Method, method: &Method) -> Vec<Diagnostic> {
    if Bump::between(&former.version, &method.version) == Some(Bump::Major) {
        return Vec::new();
    }
    let text = |case: &Arc<Source>, key: &str| {
        let json = Document::parse(case).ok()?.to_json();
        json.get(key).and_then(Json::as_str).map(str::to_owned)
    };
    let titles: Vec<Option<String>> = method.cases.iter().map(|case| text(case, "title")).collect();
    let gone = former.cases.iter().filter_map(|case| {
        let title = text(case, "title")?;
        let moved = text(case, "migrated_from").is_some();
        (!moved && !titles.contains(&Some(title.clone()))).then_some((case, title))
    });
    let told = gone.map(|(case, title)| {
        let message = format!(
            "`{}` has no case `{title}`, which `{}` has",
            method.name(),
            former.name()
        );
        let hint = "bring it back from there: what it shows holds until the first number changes";
        Diagnostic::error(case, 0..case.line_at(0).1.len(), message).with_hint(hint)
    });
    told.collect()
}

/// The report templates that a case asks for and the version does not bring along.
fn left_out(method: &Method, case: &Arc<Source>) -> Vec<Diagnostic> {
    let Ok(document) = Document::parse(case) else {
        return Vec::new();
    };
    let json = document.to_json();
    let reports = json.pointer("/expect/reports").and_then(Json::as_array);
    let asked = reports
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(index, report)| {
            let template = report.get("template")?.as_str()?;
            let (id, version) = template
                .split_once('@')
                .map_or((template, None), |(id, version)| (id, Some(version)));
            let pinned = method.reports.get(id);
            let brought = pinned.is_some_and(|pinned| version.is_none_or(|version| version == pinned));
            (!brought).then(|| {
                let span = document.span(&format!("/expect/reports/{index}/template"));
                let message = format!("`{}` does not bring `{template}` along", method.name());
                let hint = format!("name the template under `reports` in `method.yaml`: `{id}: <version>`");
                Diagnostic::error(case, span, message).with_hint(hint)
            })
        });
    asked.collect()
}

/// The version before a version.
fn former<'a>(library: &'a Library, method: &Method) -> Option<&'a Arc<Method>> {
    let mut versions = library.methods().iter().rev();
    versions.find(|other| other.id == method.id && numbers(&other.version) < numbers(&method.version))
}

/// The changes that the number of a version hides.
fn hidden(former: &Method, method: &Method, declared: &Declared) -> Vec<Diagnostic> {
    let diff = version::diff(former, method, declared);
    if diff.is_honest() {
        return Vec::new();
    }
    let told = |change: &Change| {
        let least = change.class.bump().next(&former.version);
        let (part, subject) = (change.part.heading(), change.subject());
        let (event, class) = (change.event(), change.class.words());
        let message = format!(
            "`{}` hides a change: {part}: {subject}: {event} ({class})",
            method.name()
        );
        let said: String = change.notes.iter().map(|note| note.words() + "; ").collect();
        let problem = match change.new.as_ref().or(change.old.as_ref()) {
            Some(place) => Diagnostic::error(&place.source, place.span.clone(), message),
            None => at_top(method, message),
        };
        (numbers(&least) > numbers(&method.version))
            .then(|| problem.with_hint(format!("{said}the version must be {least} at least")))
    };
    diff.changes.iter().filter_map(told).collect()
}

fn at_top(method: &Method, message: String) -> Diagnostic {
    let file = format!("methods/{}/{}/method.yaml", method.id, method.version);
    match method.content.files().get(&file) {
        Some(source) => Diagnostic::error(source, 0..source.line_at(0).1.len(), message),
        None => Diagnostic::without_source(message),
    }
}
