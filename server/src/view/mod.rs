//! Pages: the templates, embedded in the binary, and what they need to show values as people write them.

mod assets;
mod context;
mod control;
mod filters;
mod fragments;

use minijinja::{AutoEscape, Environment};
use serde::Serialize;

pub use assets::{Asset, asset};
pub use context::FormContext;
pub use control::{as_typed, control_text, parts};
pub use fragments::{Fragment, fragments};

/// The templates by name; the names end in `.html`, which turns escaping on.
macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

const TEMPLATES: &[(&str, &str)] = templates![
    "layout.html",
    "counts.html",
    "decisions.html",
    "left.html",
    "moved.html",
    "offer.html",
    "cases.html",
    "compare.html",
    "compare_notes.html",
    "compare_thing.html",
    "compare_words.html",
    "case.html",
    "facts.html",
    "response.html",
    "completed.html",
    "explain.html",
    "hidden.html",
    "choose_method.html",
    "needs.html",
    "needs_begin.html",
    "needs_status.html",
    "needs_table.html",
    "needs_sums.html",
    "points.html",
    "points_earlier.html",
    "point_pairs.html",
    "history.html",
    "methods.html",
    "report_status.html",
    "reports.html",
    "report.html",
    "error.html",
    "form/checkboxes.html",
    "form/conflict.html",
    "form/contact.html",
    "form/explanation.html",
    "form/field.html",
    "form/form_messages.html",
    "form/group.html",
    "form/group_messages.html",
    "form/item.html",
    "form/messages.html",
    "form/nav.html",
    "form/notes.html",
    "form/progress.html",
    "form/prose.html",
    "form/radios.html",
    "form/reason_rule.html",
    "form/required.html",
    "form/row.html",
    "form/row_title.html",
    "form/section.html",
    "form/select.html",
    "form/summary.html",
    "form/value.html",
    "form/warnings.html",
    "form/why.html",
];

/// The compiled templates.
pub struct Pages {
    environment: Environment<'static>,
}

impl Pages {
    /// Compiles the embedded templates.
    pub fn new() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        filters::register(&mut environment);
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment })
    }

    /// Renders a template with a context.
    pub fn render(&self, name: &str, context: impl Serialize) -> Result<String, minijinja::Error> {
        self.environment
            .get_template(name)?
            .render(minijinja::value::Serde(context))
    }
}

#[cfg(test)]
mod tests {
    use super::Pages;

    #[test]
    fn templates_compile() {
        Pages::new().unwrap();
    }
}
