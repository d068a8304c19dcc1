//! Puts a report together from its parts: its id, its body, where its parts came from, and what keeps it from leaving.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use uuid::Uuid;

use super::render::Builder;
use super::{Origin, Refusal, Report};
use crate::definition::{Base, Node};
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
        let key = key.map(|key| format!("\n{key}")).unwrap_or_default();
        let mut content = format!("{}\n{about}\n{day}{key}\n{at}", template.name()).into_bytes();
        for thing in &self.things {
            if let Some(json) = &thing.content {
                content.push(b'\n');
                // INVARIANT: JSON can be written, and there is always room in memory.
                serde_json::to_writer(&mut content, json).ok();
            }
        }
        let id = Uuid::new_v5(&template.namespace, &content);
        let report = Value::context([
            ("id".into(), Value::string(id.to_string())),
            ("at".into(), Value::DateTime(at.clone())),
            ("about".into(), Value::string(&about)),
        ]);
        self.sight.set(Base::Report as usize, report);
        let body = self.node(&template.body, None).unwrap_or(Json::Null);
        self.check(&template.constraints, None);
        let origins = self.placed(&body);
        // Whether it fits is known sooner than why it does not.
        if let Some(schema) = template.schema.as_ref().filter(|schema| !schema.is_valid(&body)) {
            let mut told = BTreeSet::new();
            for error in schema.iter_errors(&body) {
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
            body,
            origins,
        })
    }

    /// Where the points of the parts stand in the body.
    fn placed(&self, body: &Json) -> Vec<Origin> {
        let Some(at) = parts_at(&self.template.body, "") else {
            return Vec::new();
        };
        let count = body.pointer(&at).and_then(Json::as_array).map_or(0, Vec::len);
        let rendered = self.things.iter().filter(|thing| thing.rendered);
        let places = (0..count).zip(rendered);
        places
            .flat_map(|(index, thing)| self.origins(thing, &format!("{at}/{index}")))
            .collect()
    }
}

/// The pointer to the list that holds a report's parts: the parts stand alone in their list.
fn parts_at(node: &Node, pointer: &str) -> Option<String> {
    match node {
        Node::Parts(_) => Some(pointer.to_owned()),
        Node::List(items) => match items.as_slice() {
            [Node::Parts(_)] => Some(pointer.to_owned()),
            items => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| parts_at(item, &format!("{pointer}/{index}"))),
        },
        Node::Map(members) => members.iter().find_map(|(key, member)| {
            parts_at(
                member,
                &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
            )
        }),
        _ => None,
    }
}
