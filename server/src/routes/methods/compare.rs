//! `GET /methods/{id}/compare`: what changed from one version to another, for those who own or take over the method.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Html;
use metode::definition::Method;
use metode::source::Place;
use metode::version::{Change, Class, Diff, Part, Thing};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::following;
use crate::app::{App, Shared};
use crate::comparison::{Comparison, Touched};
use crate::routes::WebError;
use crate::routes::actor::Who;

/// Up to how many running cases are gone through without being asked for.
const FEW: usize = 2_000;

/// Up to how many changes are read one after the other; more are opened part by part.
const READABLE: usize = 100;

/// What is looked at; without versions, the newest and the one before it.
#[derive(Debug, Deserialize)]
pub(in crate::routes) struct Look {
    from: Option<String>,
    to: Option<String>,
    class: Option<String>,
    part: Option<String>,
    #[serde(default)]
    cases: bool,
    #[serde(default)]
    open: bool,
}

/// The comparison of two versions.
pub(in crate::routes) async fn page(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(look): Query<Look>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let class = look.class.as_deref();
    let class = class
        .map(|name| Class::named(name).ok_or(WebError::NotFound))
        .transpose()?;
    let shared = Arc::clone(&app);
    let work = move || compare(&shared, &id, &look, class);
    let mut context = tokio::task::spawn_blocking(work)
        .await
        .map_err(WebError::internal)??;
    if let Some(context) = context.as_object_mut() {
        context.insert("page".to_owned(), serde_json::to_value(who.page)?);
    }
    Ok(Html(app.pages.render("compare.html", context)?))
}

fn compare(app: &App, id: &str, look: &Look, class: Option<Class>) -> Result<Json, WebError> {
    let library = app.library();
    let versions: Vec<&Arc<Method>> = library
        .methods()
        .iter()
        .filter(|method| method.id == id)
        .collect();
    let version = |asked: &Option<String>, back: usize| {
        let mut newest = versions.iter().rev();
        let found = match asked {
            Some(version) => newest.find(|method| method.version == *version),
            None => newest.nth(back),
        };
        found.copied().ok_or(WebError::NotFound)
    };
    let (old, new) = (version(&look.from, 1)?, version(&look.to, 0)?);
    let comparison = Comparison::of(&library, old, new);
    let following = following(app)?.get(&old.name()).copied().unwrap_or_default();
    let touched = (look.cases || following <= FEW)
        .then(|| comparison.touched(&*app.store, old, &mut || {}))
        .transpose()
        .map_err(WebError::Internal)?;
    let diff = &comparison.diff;
    let of_part = |change: &&Change| look.part.as_deref().is_none_or(|part| part == key(&change.part));
    let within: Vec<&Change> = diff.changes.iter().filter(of_part).collect();
    let count = |class: Class| within.iter().filter(|change| change.class == class).count();
    let side = |method: &Method| json!({"version": method.version, "title": method.title});
    let classes = Class::ALL.into_iter().rev();
    let shown = |of: &Class| class.is_none_or(|class| class == *of) && count(*of) > 0;
    let columns: Vec<Class> = classes.clone().filter(shown).collect();
    let listed: usize = columns.iter().map(|class| count(*class)).sum();
    let chosen = within.first().filter(|_| look.part.is_some());
    if look.part.is_some() && chosen.is_none() {
        return Err(WebError::NotFound);
    }
    Ok(json!({
        "id": id,
        "old": side(old),
        "new": side(new),
        "changes": new.changes,
        "migration": library.migration(&old.name(), &new.name()).is_some(),
        "total": diff.changes.len(),
        "within": within.len(),
        "part": look.part,
        "open": look.open || look.part.is_some() || listed <= READABLE,
        "classes": classes.map(|class| json!({"class": class, "count": count(class)})).collect::<Vec<_>>(),
        "class": class,
        "gravest": diff.class(),
        "bump": diff.class().map(Class::bump),
        "at_least": diff.honest(),
        "honest": diff.is_honest(),
        "trials": comparison.trials,
        "following": following,
        "counted": touched.is_some(),
        "columns": columns,
        "parts": parts(diff, (old, new), (look.part.as_deref(), &columns), touched.as_ref()),
    }))
}

/// A change, and how many running cases it touches where they were gone through.
type Counted<'a> = (&'a Change, Option<usize>);

/// The changes of one part or all, and of some classes, part by part and thing by thing.
fn parts(
    diff: &Diff,
    sides: (&Method, &Method),
    (part, columns): (Option<&str>, &[Class]),
    touched: Option<&Touched>,
) -> Vec<Json> {
    let mut parts: Vec<(&Part, Vec<Counted>)> = Vec::new();
    for (index, change) in diff.changes.iter().enumerate() {
        if !columns.contains(&change.class) || part.is_some_and(|part| part != key(&change.part)) {
            continue;
        }
        let count = touched.and_then(|touched| touched.counts.get(index)).copied();
        match parts.last_mut().filter(|(part, _)| **part == change.part) {
            Some((_, changes)) => changes.push((change, count)),
            None => parts.push((&change.part, vec![(change, count)])),
        }
    }
    let shown = parts.into_iter().enumerate().map(|(number, (part, changes))| {
        let count = |class: &Class| {
            changes
                .iter()
                .filter(|(change, _)| change.class == *class)
                .count()
        };
        let counts: Vec<Json> = columns
            .iter()
            .map(|class| json!({"class": class, "count": count(class)}))
            .collect();
        // A form or list that is new, or gone, is one change; what is in it is not told.
        let whole = match changes.as_slice() {
            [(only, _)] if only.thing == Thing::Whole && only.key.is_none() => Some(only.what),
            _ => None,
        };
        json!({
            "number": number + 1,
            "key": key(part),
            "whole": whole,
            "part": part,
            "title": title(part, sides),
            "count": changes.len(),
            "counts": counts,
            "things": things(&changes),
        })
    });
    shown.collect()
}

/// A part in an address.
fn key(part: &Part) -> String {
    match part {
        Part::Method => "method".to_owned(),
        Part::Form(id) => format!("form:{id}"),
        Part::List(name) => format!("list:{name}"),
        Part::Needs => "needs".to_owned(),
        Part::DataPoints => "data_points".to_owned(),
    }
}

/// What people call a part.
fn title(part: &Part, (old, new): (&Method, &Method)) -> Option<String> {
    match part {
        Part::Form(id) => {
            let form = new.form(id).or_else(|| old.form(id))?;
            Some(form.title.clone())
        }
        Part::List(name) => {
            let list = old.lists.get(name).or_else(|| new.lists.get(name))?;
            Some(list.title.clone())
        }
        Part::Method | Part::Needs | Part::DataPoints => None,
    }
}

fn things(changes: &[Counted]) -> Vec<Json> {
    let mut things: Vec<(&Change, Vec<Json>)> = Vec::new();
    for (change, count) in changes {
        let shown = shown(change, *count);
        match things
            .last_mut()
            .filter(|(other, _)| other.thing == change.thing && other.at == change.at)
        {
            Some((_, changes)) => changes.push(shown),
            None => things.push((change, vec![shown])),
        }
    }
    let things = things.into_iter();
    let things = things.map(|(first, changes)| {
        json!({"thing": first.thing, "at": first.at, "label": first.label, "changes": changes})
    });
    things.collect()
}

fn shown(change: &Change, cases: Option<usize>) -> Json {
    let place = |place: &Option<Place>| {
        let place = place.as_ref()?;
        Some(format!("{}:{}", short(&place.source.path), place.position().line))
    };
    json!({
        "what": change.what,
        "key": change.key,
        "class": change.class,
        "before": change.before,
        "after": change.after,
        "old": place(&change.old),
        "new": place(&change.new),
        "notes": change.notes,
        "behaviour": change.behaviour.as_ref().map(|behaviour| json!({
            "asked": behaviour.asked,
            "different": behaviour.different,
            "examples": behaviour.examples.iter().map(|example| json!({
                "case": FilePath::new(&example.case).file_stem().map(|stem| stem.to_string_lossy()),
                "at": example.at,
                "before": example.before,
                "after": example.after,
            })).collect::<Vec<_>>(),
        })),
        "cases": cases,
    })
}

/// The last parts of a path, by which a reader knows the file.
fn short(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').take(3).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}
