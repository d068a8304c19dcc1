//! The trees of a template: JSON whose texts after `=` are rules.

use serde_json::{Map, Value as Json};

use super::Node;
use super::compile::Compiler;
use crate::feel::Type;

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
                None => Node::Constant(tree.clone()),
            },
            Json::Array(items) => {
                let items = items.iter().enumerate();
                let nodes: Vec<Option<Node>> = items
                    .map(|(index, item)| self.tree(item, &format!("{pointer}/{index}"), in_parts))
                    .collect();
                let nodes: Vec<Node> = nodes.into_iter().collect::<Option<_>>()?;
                constant(nodes.iter().map(Some))
                    .map_or(Node::List(nodes), |items| Node::Constant(Json::Array(items)))
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
                match constant(nodes.iter().map(|(_, node)| Some(node))) {
                    Some(_) => Node::Constant(tree.clone()),
                    None => Node::Map(nodes),
                }
            }
            other => Node::Constant(other.clone()),
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

/// The values of nodes that are all constant.
fn constant<'a>(nodes: impl Iterator<Item = Option<&'a Node>>) -> Option<Vec<Json>> {
    nodes
        .map(|node| match node? {
            Node::Constant(json) => Some(json.clone()),
            _ => None,
        })
        .collect()
}
