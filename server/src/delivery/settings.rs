//! Where reports and messages go, as the people who run the server say it: a YAML file, or a few words on the command
//! line. Secrets stand in files or in the environment, never here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use metode::definition::Library;
use metode::definition::yaml::Document;
use metode::diagnostic;
use metode::report::Format;
use metode::source::Source;
use serde::Deserialize;

use super::Delivery;
use super::channel::{Channel, Post, Secret};
use super::making::Making;
use super::pace::Pace;
use super::route::Route;
use crate::connection::Certificates;
use crate::events::Subscription;

/// Where the token stands for routes given on the command line.
const TOKEN: &str = "METODE_DELIVER_TOKEN";

/// In seconds.
const DAY: f64 = 86_400.0;

/// The shortest secret that messages may be signed with.
const SECRET_LENGTH: usize = 32;

/// What the file holds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where reports go.
    #[serde(default)]
    reports: Vec<RouteSettings>,
    /// Who gets messages.
    #[serde(default)]
    events: Vec<SubscriptionSettings>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteSettings {
    id: Option<String>,
    template: String,
    format: Option<Format>,
    to: String,
    token: Option<SecretSettings>,
    #[serde(default)]
    tls: Certificates,
    #[serde(default = "thirty")]
    timeout_seconds: f64,
    #[serde(default = "four")]
    at_once: usize,
    #[serde(default)]
    retry: Retry,
    #[serde(default = "a_year_and_a_month")]
    keep_days: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionSettings {
    id: String,
    to: String,
    secret: SecretSettings,
    former_secret: Option<SecretSettings>,
    token: Option<SecretSettings>,
    #[serde(default)]
    tls: Certificates,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default = "ten")]
    attempts: u32,
    #[serde(default = "thirty")]
    timeout_seconds: f64,
    #[serde(default)]
    retry: Retry,
}

/// Where a secret stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SecretSettings {
    Env(String),
    File(PathBuf),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Retry {
    first_seconds: f64,
    most_seconds: f64,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first_seconds: 2.0,
            most_seconds: 300.0,
        }
    }
}

fn thirty() -> f64 {
    30.0
}

fn four() -> usize {
    4
}

/// So that the report of a day can still be looked at when that day comes round again and its year is settled.
fn a_year_and_a_month() -> f64 {
    400.0
}

fn ten() -> u32 {
    10
}

impl Settings {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
        let source = Arc::new(Source {
            path: path.display().to_string(),
            text,
        });
        let document = Document::parse(&source).map_err(|problem| diagnostic::render(&[problem]))?;
        serde_json::from_value(document.to_json()).map_err(|error| format!("`{}`: {error}", path.display()))
    }

    /// Adds a route as it is given on the command line: `TEMPLATE@VERSION=ADDRESS` or `…=FOLDER`.
    pub fn add(&mut self, words: &str) -> Result<(), String> {
        let (template, to) = words.split_once('=').ok_or_else(|| {
            format!("`{words}`: a template and where its reports go, as in `reports@1.0.0=folder`")
        })?;
        let token = env::var_os(TOKEN).map(|_| SecretSettings::Env(TOKEN.to_owned()));
        self.reports.push(RouteSettings {
            token: token.filter(|_| to.contains("://")),
            ..RouteSettings::new(template, to.to_owned())
        });
        Ok(())
    }

    /// Whether they say nothing.
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty() && self.events.is_empty()
    }

    /// For a demonstration: each template that is meant for a receiver, into a folder.
    pub fn demo(&mut self, library: &Library, folder: &Path) {
        let meant = |id: &str| {
            library
                .report(id)
                .filter(|newest| newest.delivery.media_type.is_some())
        };
        let ids: BTreeSet<&str> = library
            .reports()
            .iter()
            .map(|template| template.id.as_str())
            .collect();
        for template in ids.into_iter().filter_map(meant) {
            let to = folder.join(&template.id).display().to_string();
            self.reports.push(RouteSettings::new(&template.id, to));
        }
    }

    /// The routes and subscriptions that they ask for.
    pub fn delivery(&self, library: &Library) -> Result<Delivery, String> {
        let routes = self.reports.iter().map(|settings| settings.route(library));
        let subscriptions = self.events.iter().map(SubscriptionSettings::subscription);
        let delivery = Delivery {
            routes: routes.collect::<Result<_, _>>()?,
            subscriptions: subscriptions.collect::<Result<_, _>>()?,
        };
        let mut ids = BTreeSet::new();
        let routes = delivery
            .routes
            .iter()
            .map(|route| format!("route `{}`", route.id));
        let subscriptions = delivery
            .subscriptions
            .iter()
            .map(|it| format!("subscription `{}`", it.id));
        for id in routes.chain(subscriptions) {
            if ids.contains(&id) {
                return Err(format!("{id} stands twice; give one of them another `id`"));
            }
            ids.insert(id);
        }
        Ok(delivery)
    }
}

impl RouteSettings {
    /// The reports of a template, on their way as they are unless somebody says otherwise.
    fn new(template: &str, to: String) -> Self {
        Self {
            id: None,
            template: template.to_owned(),
            format: None,
            to,
            token: None,
            tls: Certificates::default(),
            timeout_seconds: thirty(),
            at_once: four(),
            retry: Retry::default(),
            keep_days: a_year_and_a_month(),
        }
    }

    fn route(&self, library: &Library) -> Result<Arc<Route>, String> {
        let wrong = |why: String| format!("reports of `{}`: {why}", self.template);
        let makes = Making::new(library, &self.template, self.format).map_err(wrong)?;
        let template_id = self.template.split('@').next().unwrap_or_default();
        let id = name(self.id.as_deref().unwrap_or(template_id)).map_err(wrong)?;
        let channel = if self.to.contains("://") {
            Channel::Post(
                post(&self.to, self.token.as_ref(), &self.tls, self.timeout_seconds).map_err(wrong)?,
            )
        } else {
            Channel::Folder(PathBuf::from(&self.to))
        };
        let pace = self.retry.pace().map_err(wrong)?;
        let keep = duration(self.keep_days * DAY).map_err(wrong)?;
        Ok(Arc::new(Route::new(
            id,
            makes,
            channel,
            pace,
            self.at_once.max(1),
            keep,
        )))
    }
}

impl SubscriptionSettings {
    fn subscription(&self) -> Result<Arc<Subscription>, String> {
        let wrong = |why: String| format!("subscription `{}`: {why}", self.id);
        let secrets = [Some(&self.secret), self.former_secret.as_ref()];
        let secrets = secrets.into_iter().flatten().map(SecretSettings::read);
        let secrets = secrets.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        if secrets.iter().any(|secret| secret.0.len() < SECRET_LENGTH) {
            return Err(wrong(format!("a secret has {SECRET_LENGTH} letters or more")));
        }
        let post = post(&self.to, self.token.as_ref(), &self.tls, self.timeout_seconds).map_err(wrong)?;
        let pace = self.retry.pace().map_err(wrong)?;
        let id = name(&self.id).map_err(wrong)?;
        let types = self.types.clone();
        Ok(Arc::new(Subscription::new(
            id,
            post,
            secrets,
            types,
            self.attempts.max(1),
            pace,
        )))
    }
}

impl SecretSettings {
    fn read(&self) -> Result<Secret, String> {
        let text = match self {
            Self::Env(name) => env::var(name).map_err(|_| format!("the environment has no `{name}`"))?,
            Self::File(path) => {
                fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))?
            }
        };
        Ok(Secret(text.trim().to_owned()))
    }
}

impl Retry {
    fn pace(self) -> Result<Pace, String> {
        Ok(Pace {
            first: duration(self.first_seconds)?,
            most: duration(self.most_seconds)?,
        })
    }
}

fn post(
    to: &str,
    token: Option<&SecretSettings>,
    tls: &Certificates,
    timeout_seconds: f64,
) -> Result<Post, String> {
    let token = token.map(SecretSettings::read).transpose()?;
    Post::new(to.parse()?, token, tls, duration(timeout_seconds)?)
}

fn duration(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("`{seconds}` seconds cannot be waited"))
}

/// A name that can stand in addresses and in the ledger.
fn name(id: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > 60 || !id.bytes().all(fits) {
        return Err(format!("`{id}` is no id: lower case letters, digits and hyphens"));
    }
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("delivery.yaml");
        fs::write(&path, text).unwrap();
        Settings::read(&path)
    }

    fn refused(text: &str) -> String {
        let library = Library::load(tempfile::tempdir().unwrap().path()).library;
        match read(text).and_then(|settings| settings.delivery(&library)) {
            Ok(_) => String::new(),
            Err(why) => why,
        }
    }

    #[test]
    fn mistakes_are_told() {
        let events = |more: &str| {
            format!("events:\n- {{id: a, to: 'https://a.example/', secret: {{env: PATH}}{more}}}\n")
        };
        for (text, why) in [
            ("reports: [{template: x, to: y}]".to_owned(), "no such template"),
            (
                "reports: [{template: x, to: y, format: xml}]".to_owned(),
                "unknown variant `xml`",
            ),
            (
                "reports: [{template: x@1.0.0, to: y}]".to_owned(),
                "no such template",
            ),
            ("reports: [{to: y}]".to_owned(), "missing field `template`"),
            ("report: []".to_owned(), "unknown field `report`"),
            ("reports: [".to_owned(), "error"),
            (events(", secrets: x"), "unknown field `secrets`"),
            (
                events("").replace("PATH", "METODE_NOT_SET"),
                "the environment has no `METODE_NOT_SET`",
            ),
            (events("").replace("env: PATH", "file: /nowhere"), "`/nowhere`"),
            (events("").replace("https", "http"), "`https` only"),
            (events("").replace("id: a", "id: A/b"), "is no id"),
            (events(", retry: {first_seconds: -1}"), "cannot be waited"),
            (events(", timeout_seconds: 0"), "cannot be waited"),
            (events(", tls: {ca: /nowhere}"), "subscription `a`: `/nowhere`"),
            (
                events(", tls: {certificate: /nowhere}"),
                "takes `certificate` and `key`",
            ),
            (events(", tls: {cert: x}"), "unknown field `cert`"),
            (
                events("") + "- {id: a, to: 'https://b.example/', secret: {env: PATH}}",
                "stands twice",
            ),
        ] {
            let told = refused(&text);
            assert!(told.contains(why), "{text}: {told}");
        }
        assert_eq!(
            refused(&events(", types: [metode.response.completed], attempts: 3")),
            ""
        );
    }

    #[test]
    fn a_short_secret_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        fs::write(&file, "short\n").unwrap();
        let text = format!(
            "events: [{{id: a, to: 'https://a.example/', secret: {{file: '{}'}}}}]",
            file.display()
        );
        assert!(refused(&text).contains("32 letters"));
        fs::write(&file, "long enough to be a secret of its own\n").unwrap();
        assert_eq!(refused(&text), "");
    }
}
