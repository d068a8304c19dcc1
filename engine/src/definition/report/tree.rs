//! The trees of a template: JSON whose texts after `=` are rules.

use serde_json::{Map, Value as Json};

use super::compile::Compiler;
use super::names::Base;
use super::{Member, Node};
use crate::definition::rule::Rule;
use crate::feel::{Slot, Type};

/// The keys that make a mapping more than a mapping.
const GIVE: &str = "give";
const REFER: &str = "refer";
const PARTS: &str = "parts";
/// In a tree for each part: the part.
const CONTENT: &str = "= content";

impl Compiler<'_> {
    /// Compiles a tree; within the tree of `parts`, a part can be named.
    pub fn tree(&mut self, tree: &Json, pointer: &str, in_parts: bool) -> Option<Node> {
        Some(match tree {
            Json::String(text) if in_parts && text == CONTENT => Node::Content,
            Json::String(text) => match text.strip_prefix('=') {
                Some(rule) => Node::Rule(self.rule_within(rule, 1, pointer, &Type::Any)?),
                None => Node::Constant(tree.to_string()),
            },
            Json::Array(items) => {
                let items = items.iter().enumerate();
                let nodes: Vec<Option<Node>> = items
                    .map(|(index, item)| self.tree(item, &format!("{pointer}/{index}"), in_parts))
                    .collect();
                let nodes: Vec<Node> = nodes.into_iter().collect::<Option<_>>()?;
                match nodes.iter().all(constant) {
                    true => Node::Constant(tree.to_string()),
                    false => Node::List(nodes),
                }
            }
            Json::Object(members) if members.contains_key(GIVE) => {
                self.each_of(members, pointer, in_parts)?
            }
            Json::Object(members) if members.len() == 1 && members.contains_key(REFER) => {
                match members.get(REFER) {
                    Some(Json::String(text)) => Node::Refer(self.rule_within(
                        text,
                        0,
                        &format!("{pointer}/{REFER}"),
                        &Type::String,
                    )?),
                    _ => {
                        self.problem(pointer, "`refer` takes a rule that gives the id of a part", None);
                        return None;
                    }
                }
            }
            Json::Object(members) if members.len() == 1 && members.contains_key(PARTS) => {
                let give = self.tree(members.get(PARTS)?, &format!("{pointer}/{PARTS}"), true)?;
                Node::Parts(Box::new(give))
            }
            Json::Object(members) => {
                let nodes: Vec<Option<(String, Node)>> = members
                    .iter()
                    .map(|(key, member)| {
                        let below = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                        Some((key.clone(), self.tree(member, &below, in_parts)?))
                    })
                    .collect();
                let nodes: Vec<(String, Node)> = nodes.into_iter().collect::<Option<_>>()?;
                match nodes.iter().all(|(_, node)| constant(node)) {
                    true => Node::Constant(tree.to_string()),
                    false => Node::Map(joined(nodes)),
                }
            }
            other => Node::Constant(other.to_string()),
        })
    }

    fn each_of(&mut self, members: &Map<String, Json>, pointer: &str, in_parts: bool) -> Option<Node> {
        if let Some(key) = members
            .keys()
            .find(|key| !["for", "if", GIVE].contains(&key.as_str()))
        {
            let hint = "beside `give` stand `for` and `if` only".to_owned();
            self.problem(
                &format!("{pointer}/{key}"),
                format!("unknown key `{key}`"),
                Some(hint),
            );
            return None;
        }
        let depth = self.scope.depth();
        let each = match members.get("for") {
            None => Some(Vec::new()),
            Some(Json::Object(loops)) => self.each(loops, &format!("{pointer}/for")),
            Some(_) => {
                self.problem(
                    &format!("{pointer}/for"),
                    "`for` names a variable and the list it goes over",
                    None,
                );
                None
            }
        };
        let when = match members.get("if") {
            None => Some(None),
            Some(Json::String(text)) => self
                .rule_within(text, 0, &format!("{pointer}/if"), &Type::Boolean)
                .map(Some),
            Some(_) => {
                self.problem(&format!("{pointer}/if"), "`if` is a rule", None);
                None
            }
        };
        let give = members
            .get(GIVE)
            .map(|tree| self.tree(tree, &format!("{pointer}/{GIVE}"), in_parts));
        self.scope.back_to(depth);
        Some(Node::Each {
            each: each?,
            when: when?,
            give: Box::new(give??),
        })
    }
}

fn constant(node: &Node) -> bool {
    matches!(node, Node::Constant(_))
}

/// Members whose names are JSON text; constant ones that follow each other are one text.
fn joined(nodes: Vec<(String, Node)>) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::with_capacity(nodes.len());
    for (name, value) in nodes {
        let name = format!("{}:", Json::String(name));
        match members.last_mut() {
            Some(Member {
                before,
                value: Node::Constant(known),
            }) if constant(&value) => {
                *before = format!("{before}{known},{name}");
                if let Node::Constant(text) = value {
                    *known = text;
                }
            }
            _ => members.push(Member { before: name, value }),
        }
    }
    members
}

/// JSON pointers to the lists that hold a report's parts and, where a list holds more than that, none.
pub(super) fn parts(tree: &Json, pointer: &str, found: &mut Vec<Option<String>>) {
    let is_parts = |tree: &Json| {
        let members = tree.as_object();
        members.is_some_and(|members| members.len() == 1 && members.contains_key(PARTS))
    };
    match tree {
        tree if is_parts(tree) => found.push(Some(pointer.to_owned())),
        Json::Array(items) if items.iter().any(is_parts) => {
            found.push((items.len() == 1).then(|| pointer.to_owned()));
        }
        Json::Array(items) => {
            // Where an element stands is not known before those before it are there.
            items.iter().for_each(|item| {
                let mut below = Vec::new();
                parts(item, "", &mut below);
                found.extend(below.into_iter().map(|_| None));
            });
        }
        Json::Object(members) => members.iter().for_each(|(name, member)| {
            let mut below = Vec::new();
            let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            parts(member, &pointer, &mut below);
            // Below `give` it stands under conditions, or often.
            let sure = !members.contains_key(GIVE);
            found.extend(below.into_iter().map(|at| at.filter(|_| sure)));
        }),
        _ => {}
    }
}

/// Whether a body tells, around its parts, of anything but the report itself.
pub(super) fn speaks(node: &Node) -> bool {
    let report = Slot(Base::Report as u32);
    let other = |rule: &Rule| {
        let slots = &rule.program.reads().slots;
        slots.is_empty() || slots.iter().any(|slot| *slot != report)
    };
    match node {
        Node::Constant(_) | Node::Parts(_) | Node::Content => false,
        Node::Rule(rule) | Node::Refer(rule) => other(rule),
        Node::List(items) => items.iter().any(speaks),
        Node::Map(members) => members.iter().any(|member| speaks(&member.value)),
        Node::Each { .. } => true,
    }
}
