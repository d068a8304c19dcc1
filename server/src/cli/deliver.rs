//! `metode deliver`: makes and sends what is due, without a server.

use std::path::Path;

use serde_json::json;

use super::{FINE, Format, PROBLEMS, WRONG_USAGE, print_json};
use crate::app::{self, Shared};
use crate::config::Destinations;
use crate::delivery::{Delivery, Status};

/// Makes all reports that are due and tries each, and each message, once. Problems: something is refused or must wait.
pub(super) fn run(data: &Path, definitions: &Path, options: &Destinations, format: Format) -> u8 {
    app::log();
    let settings = match options.settings() {
        Ok(settings) if !settings.is_empty() => settings,
        Ok(_) => return wrong("nothing says where to: give --deliver or --delivery", WRONG_USAGE),
        Err(message) => return wrong(&message, WRONG_USAGE),
    };
    let app = match app::open(definitions, data, false, settings) {
        Ok(app) => app,
        Err(message) => return wrong(&message, PROBLEMS),
    };
    let delivered = app::block_on(async {
        Delivery::once(&app).await.map_err(|error| error.to_string())?;
        tell(&app, format)
    });
    match delivered {
        Ok(true) => FINE,
        Ok(false) => PROBLEMS,
        Err(message) => wrong(&message, PROBLEMS),
    }
}

fn wrong(message: &str, code: u8) -> u8 {
    eprintln!("error: {message}");
    code
}

/// Prints where everything stands; whether nothing is left to do.
fn tell(app: &Shared, format: Format) -> Result<bool, String> {
    let mut left = 0;
    let mut told = Vec::new();
    for route in &app.delivery.routes {
        let head = route.book(app).head().map_err(|error| error.to_string())?;
        let [waiting, refused, sent] =
            [Status::Waiting, Status::Refused, Status::Sent].map(|status| head.count(status));
        left += waiting + refused;
        if format == Format::Text {
            println!("{}: {sent} sent, {waiting} waiting, {refused} refused", route.id);
        }
        told.push(json!({"route": route.id, "sent": sent, "waiting": waiting, "refused": refused}));
    }
    for subscription in &app.delivery.subscriptions {
        let (progress, _) = subscription
            .progress(&app.store)
            .map_err(|error| error.to_string())?;
        let waiting = app.store.last().1.saturating_sub(progress.cursor);
        left += waiting + progress.dead;
        let (delivered, dead) = (progress.delivered, progress.dead);
        if format == Format::Text {
            println!(
                "{}: {delivered} messages sent, {waiting} waiting, {dead} given up",
                subscription.id
            );
        }
        told.push(
            json!({"subscription": subscription.id, "sent": delivered, "waiting": waiting, "dead": dead}),
        );
    }
    if format == Format::Json {
        print_json(&json!(told));
    }
    Ok(left == 0)
}
