//! By which template the reports of a route are made, and how they are written.

use std::sync::Arc;

use metode::definition::Library;
use metode::report::{Format, Template};
use metode::value::Date;

use crate::clock;

/// What makes the reports of a route: one version of a template, or of each day the version that holds then.
pub struct Making {
    /// `id@version`, or `id`.
    name: String,
    /// The template at the start: what is meant when it is withdrawn while it is in use.
    first: Arc<Template>,
    format: Option<Format>,
}

impl Making {
    /// Makes reports of a template; `format` is how they are written, when otherwise than it says.
    pub fn new(library: &Library, name: &str, format: Option<Format>) -> Result<Self, String> {
        let today = clock::now().date();
        let first = library
            .report_on(name, today)
            .ok_or("there is no such template without errors")?;
        if format == Some(Format::Csv) && first.columns.is_empty() {
            return Err("it is no table: a template with `columns` can be written as one".to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            first: Arc::clone(first),
            format,
        })
    }

    /// The template by which a report about a day is made.
    pub fn on<'a>(&'a self, library: &'a Library, day: Date) -> &'a Arc<Template> {
        library.report_on(&self.name, day).unwrap_or(&self.first)
    }

    /// The template by which a report about today is made.
    pub fn today<'a>(&'a self, library: &'a Library) -> &'a Arc<Template> {
        self.on(library, clock::now().date())
    }

    /// The template by which a report was made.
    pub fn of<'a>(&'a self, library: &'a Library, name: &str) -> &'a Arc<Template> {
        library.report(name).unwrap_or(&self.first)
    }

    /// How reports of a version are written: as is asked for, if it can be.
    pub fn format(&self, template: &Template) -> Format {
        let can_be = |format: &Format| *format != Format::Csv || !template.columns.is_empty();
        self.format.filter(can_be).unwrap_or(template.format)
    }
}
