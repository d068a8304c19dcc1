//! Interprets the definition of a case-work method: forms, code lists, rules, data points.
//!
//! The engine promises that everything a method says is read from its definition files, that every problem of these files
//! is told with its place, and that the same case under the same method on the same day always gives the same outcome. It
//! has no network, no clock and no words of its own language: "today" is an argument, messages to caseworkers are data.
//!
//! # Vocabulary
//!
//! A [`Library`](definition::Library) holds compiled [`Method`](definition::Method)s. A [`Case`](case::Case) holds
//! [`Response`](case::Response)s, each one filling-in of a form; its answers are kept by path. A
//! [`Session`](evaluation::Session) is a response open for work: each change gives a [`Delta`](evaluation::Delta). Completing
//! a response gives rise to [`DataPoint`](emission::DataPoint)s. Whatever is wrong with a definition is a
//! [`Diagnostic`](diagnostic::Diagnostic).
//!
//! # Example
//!
//! ```
//! use metode::case::Case;
//! use metode::definition::Library;
//! use metode::emission;
//! use metode::evaluation::{Part, Session};
//! use metode::value::DateTime;
//! use serde_json::json;
//!
//! # let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/refused/base");
//! let library = Library::load(&folder).library;
//! let method = library.method("demo@1.0.0").unwrap();
//! let today = DateTime::parse("2025-06-01").unwrap();
//!
//! let mut case: Case = serde_json::from_value(json!({"id": "c1", "method": "demo@1.0.0"})).unwrap();
//! emission::start(method, &mut case, "intake", None, "r1".to_owned(), today.clone()).unwrap();
//!
//! let mut session = Session::open(method, &case, Part::Response("r1"), today).unwrap();
//! let delta = session.set("urgent", json!(true)).unwrap();
//! assert_eq!(delta.changed, ["urgent", "reason"]);
//! ```
//!
//! # Limits
//!
//! Files of 4 MB, groups six deep, 500 rows a group, texts of 100,000 characters; rules have limits of length, nesting and
//! steps (see [`feel`]). Each limit is told by a message that names it.
#![forbid(unsafe_code)]

pub mod case;
pub mod definition;
pub mod diagnostic;
pub mod emission;
pub mod evaluation;
pub mod feel;
pub mod needs;
pub mod report;
pub mod source;
pub mod value;
pub mod version;
