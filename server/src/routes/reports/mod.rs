//! `GET /reports`: the reports that are waiting, refused and sent, and the messages to other systems.

mod decide;
mod one;

use axum::extract::{Query, State};
use axum::response::Html;
use metode::evaluation::read_day;
use metode::value::Date;
use serde::Deserialize;
use serde_json::{Value as Json, json};

pub(super) use decide::{again, message_again, release};
pub(super) use one::page;

use super::WebError;
use super::actor::Who;
use super::response::case_id;
use crate::app::{App, Shared};
use crate::casework::mask_within;
use crate::delivery::{Entry, Head, Route, Status};
use crate::events::Subscription;
use crate::store::CaseId;

/// How many reports stand on a page.
const PAGE: usize = 50;

/// How many messages that were given up are listed.
const DEAD: usize = 20;

/// What is looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Look {
    route: Option<String>,
    show: Option<String>,
    after: Option<u64>,
    case: Option<String>,
    day: Option<String>,
}

/// Which reports of a route are shown.
enum Shown {
    Status(Status),
    Case(CaseId),
    Day(Date),
    /// What was written is no day.
    NoDay,
}

/// The reports of a route.
pub(super) async fn list(
    State(app): State<Shared>,
    Query(look): Query<Look>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let route = match &look.route {
        Some(id) => Some(app.delivery.route(id).ok_or(WebError::NotFound)?),
        None => app.delivery.routes.first(),
    };
    let shown = route.map(|route| reports(&app, route, &look)).transpose()?;
    let subscriptions = app.delivery.subscriptions.iter();
    let library = app.library();
    let context = json!({
        "page": who.page,
        "routes": app.delivery.routes.iter().map(|route| json!({
            "id": route.id,
            "title": route.makes.today(&library).title,
            "current": shown.as_ref().is_some_and(|shown| shown["id"] == *route.id),
        })).collect::<Vec<_>>(),
        "route": shown,
        "subscriptions": subscriptions.map(|it| messages(&app, it)).collect::<Result<Vec<_>, _>>()?,
    });
    Ok(Html(app.pages.render("reports.html", context)?))
}

fn reports(app: &App, route: &Route, look: &Look) -> Result<Json, WebError> {
    let book = route.book(app);
    let library = app.library();
    let template = route.makes.today(&library);
    let head = book.head()?;
    let shown = shown(look, &head)?;
    let mut entries = match &shown {
        Shown::Status(status) => book.of_status(*status, look.after, PAGE + 1)?,
        Shown::Day(day) => book.of_day(&day.to_string(), look.after, PAGE + 1)?,
        Shown::NoDay => Vec::new(),
        Shown::Case(case) => {
            let mut entries = book.of_case(case)?;
            entries.retain(|entry| look.after.is_none_or(|after| entry.number < after));
            entries
        }
    };
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let next = entries.last().map(|entry| entry.number).filter(|_| more);
    let lines = entries.iter().map(|entry| {
        let behind = book.behind(entry)?.map(|refused| refused.number);
        Ok::<_, WebError>(json!({"behind": behind, "entry": line(entry)}))
    });
    let oldest = |status| Ok::<_, WebError>(book.of_status(status, None, 1)?.into_iter().next());
    let tabs = Status::ALL.map(|status| {
        let oldest = if status.is_open() { oldest(status)? } else { None };
        let oldest = oldest.map(|entry| entry.since);
        Ok(json!({"name": status.name(), "count": head.count(status), "oldest": oldest}))
    });
    let trouble = route.trouble().map(|trouble| -> Result<Json, WebError> {
        let first = oldest(Status::Waiting)?.map(|entry| entry.number);
        Ok(json!({"status": trouble.status, "until": trouble.until, "first": first}))
    });
    Ok(json!({
        "id": route.id,
        "title": template.title,
        "help": template.help,
        "template": template.name(),
        "to": route.channel.shown(),
        "trouble": trouble.transpose()?,
        "unread": app.store.last().0.saturating_sub(head.cursor),
        "tabs": tabs.into_iter().collect::<Result<Vec<_>, WebError>>()?,
        "show": match shown { Shown::Status(status) => Some(status.name()), _ => None },
        "case": look.case,
        "day": match shown { Shown::Day(day) => Some(day.to_string()), _ => None },
        "no_day": match shown { Shown::NoDay => look.day.as_ref(), _ => None },
        "today": crate::clock::now().date().to_string(),
        "lines": lines.collect::<Result<Vec<_>, _>>()?,
        "next": next,
        "begun": look.after.is_some(),
    }))
}

/// What is asked for; otherwise what somebody must see to comes first.
fn shown(look: &Look, head: &Head) -> Result<Shown, WebError> {
    let day = look.day.as_deref().map(str::trim).filter(|day| !day.is_empty());
    Ok(match (&look.case, day, &look.show) {
        (Some(case), _, _) => Shown::Case(case_id(case)?),
        (None, Some(day), _) => Date::parse(day)
            .or_else(|| read_day(day))
            .map_or(Shown::NoDay, Shown::Day),
        (None, None, Some(name)) => Shown::Status(Status::named(name).ok_or(WebError::NotFound)?),
        (None, None, None) => {
            let urgent = Status::ALL.into_iter().find(|status| head.count(*status) > 0);
            Shown::Status(urgent.unwrap_or(Status::Sent))
        }
    })
}

/// The refused reports about a case, on all routes.
pub(super) fn refused(app: &App, case: &CaseId) -> Result<Vec<Json>, WebError> {
    let mut refused = Vec::new();
    for route in &app.delivery.routes {
        let entries = route.book(app).of_case(case)?.into_iter();
        let entries = entries.filter(|entry| entry.status == Status::Refused);
        refused.extend(
            entries.map(|entry| json!({"route": route.id, "number": entry.number, "day": entry.day})),
        );
    }
    Ok(refused)
}

/// A report as lists show it.
fn line(entry: &Entry) -> Json {
    json!({
        "number": entry.number,
        "day": entry.day,
        "cases": entry.cases.iter().map(|(id, title)| json!({"id": id, "title": title})).collect::<Vec<_>>(),
        "status": entry.status.name(),
        "since": entry.since,
        "attempts": entry.attempts,
        "next": entry.next,
        "made": entry.made,
        "issues": entry.issues.len(),
        "problem": entry.issues.first().map(|issue| mask_within(&issue.message)),
        "report": entry.report,
    })
}

fn messages(app: &App, subscription: &Subscription) -> Result<Json, WebError> {
    let (progress, _) = subscription.progress(&app.store)?;
    let dead = subscription.dead(&app.store, DEAD)?;
    Ok(json!({
        "id": subscription.id,
        "to": subscription.post.address.shown(),
        "delivered": progress.delivered,
        "waiting": app.store.last().1.saturating_sub(progress.cursor),
        "attempts": progress.attempts,
        "next": progress.next,
        "trouble": progress.trouble,
        "dead": progress.dead,
        "listed": dead.iter().map(|dead| json!({
            "cursor": dead.cursor,
            "at": dead.at,
            "trouble": dead.trouble,
            "again": dead.again,
        })).collect::<Vec<_>>(),
    }))
}
