//! Puts a report together from its parts: its id, its body, where its parts came from, and what keeps it from leaving.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use twox_hash::XxHash3_128;
use uuid::Uuid;

use super::render::Builder;
use super::{Origin, Refusal, Report};
use crate::definition::{Base, Schema, Shape};
use crate::value::Value;

impl Builder<'_> {
    /// Puts the report together, with its id from its content.
    pub(super) fn report(mut self, key: Option<Uuid>) -> Result<Report, Vec<Refusal>> {
        let (template, day, at) = (self.template, self.day, self.at());
        let about = match self.ask(&template.about) {
            Value::String(about) => about.to_string(),
            _ => {
                self.refuse_rule(&template.about, "it is not known whom the report is about");
                return Err(self.refusals);
            }
        };
        let mut content = digest(self.contents.json.as_bytes());
        if template.body_speaks {
            // What it says around its parts belongs to what it says.
            let refused = self.refusals.len();
            self.node(&template.body, None);
            self.refusals.truncate(refused);
            content ^= digest(self.text.json.as_bytes()).rotate_left(1);
            self.text.json.clear();
            self.text.shape.clear();
            self.placed.clear();
        }
        let key = key.map(|key| format!("\n{key}")).unwrap_or_default();
        let content = format!("{}\n{about}\n{day}{key}\n{at}\n{content:032x}", template.name());
        let id = Uuid::new_v5(&template.namespace, content.as_bytes());
        let report = Value::context([
            ("id".into(), Value::string(id.to_string())),
            ("at".into(), Value::DateTime(at.clone())),
            ("about".into(), Value::string(&about)),
        ]);
        self.sight.set(Base::Report as usize, report);
        if !self.node(&template.body, None) {
            self.text.json.push_str("null");
        }
        self.check(&template.constraints, None);
        let origins = self.places();
        // Whether it fits is known sooner than why it does not.
        if let Some(schema) = template.schema.as_ref().filter(|schema| !self.fits(schema)) {
            self.misfits(schema, &origins);
        }
        if !self.refusals.is_empty() {
            return Err(self.refusals);
        }
        Ok(Report {
            id,
            template: template.name(),
            format: template.format,
            columns: template.columns.clone(),
            day,
            at,
            body: std::mem::take(&mut self.text.json),
            origins,
        })
    }

    /// Whether the body fits the schema, which is asked only what it has not answered before.
    fn fits(&mut self, schema: &Schema) -> bool {
        let shapes: Vec<Shape> = self
            .placed
            .iter_mut()
            .map(|placed| std::mem::take(&mut placed.shape))
            .collect();
        let body = &self.text.json;
        let valid =
            |text: &str| serde_json::from_str(text).is_ok_and(|json: Json| schema.validator.is_valid(&json));
        let (Some(unknown), Some(first), Some(last)) = (
            schema.unknown(&self.text.shape, &shapes),
            self.placed.first(),
            self.placed.last(),
        ) else {
            return valid(body);
        };
        let (before, behind) = (body.get(..first.json.start), body.get(last.json.end..));
        for (placed, shape) in unknown
            .into_iter()
            .filter_map(|place| Some((self.placed.get(place)?, shapes.get(place)?)))
        {
            // The body as if this were its only part.
            let alone = [before, body.get(placed.json.clone()), behind]
                .map(Option::unwrap_or_default)
                .concat();
            if !valid(&alone) {
                return false;
            }
            schema.fits(&self.text.shape, shape);
        }
        true
    }

    /// Refuses what the schema says against the body, and where that came from.
    fn misfits(&mut self, schema: &Schema, origins: &[Origin]) {
        let body: Json = serde_json::from_str(&self.text.json).unwrap_or_default();
        let mut told = BTreeSet::new();
        for error in schema.validator.iter_errors(&body) {
            let pointer = error.instance_path().to_string();
            if told.insert((pointer.clone(), error.to_string())) {
                let inside = |origin: &&Origin| {
                    pointer == origin.pointer || pointer.starts_with(&format!("{}/", origin.pointer))
                };
                let origins: Vec<Origin> = origins.iter().filter(inside).cloned().collect();
                self.refusals.push(Refusal {
                    message: error.to_string(),
                    resource: origins.first().and_then(|origin| origin.resource.clone()),
                    origins,
                    pointer,
                });
            }
        }
    }

    /// Where the points of the parts stand in the body.
    fn places(&self) -> Vec<Origin> {
        let Some(at) = &self.template.parts_at else {
            return Vec::new();
        };
        let placed = self.placed.iter().enumerate();
        let placed = placed.filter_map(|(index, placed)| Some((index, self.things.get(placed.thing)?)));
        placed
            .flat_map(|(index, thing)| self.origins(thing, &format!("{at}/{index}")))
            .collect()
    }
}

/// A number that stands for a text: XXH3, 128 bits, the same for ever.
fn digest(text: &[u8]) -> u128 {
    XxHash3_128::oneshot(text)
}
