//! How a receiver knows that a message comes from here, is whole, and is not an old one sent again by somebody else.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::delivery::Secret;

/// The header that holds the signature: `t=<seconds since 1970>,v1=<hexadecimal>`, with another `v1` under the former secret while
/// the receiver changes over.
///
/// `v1` is the HMAC-SHA256, under the subscription's secret, of the text of `t`, a full stop, and the exact bytes of the
/// body. A receiver computes it anew, compares without stopping at the first difference, and refuses a `t` that is more than
/// five minutes away from its own clock: so an old message cannot be sent again later. Within these minutes the message's
/// `id` tells a second delivery, which may also come from here: at least once is what is promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    seconds: i64,
    codes: Vec<Vec<u8>>,
}

impl Signature {
    /// The header's name.
    pub const HEADER: &'static str = "metode-signature";

    /// Signs a body at a moment, in seconds since 1970.
    pub fn new(secrets: &[Secret], seconds: i64, body: &[u8]) -> Self {
        let codes = secrets.iter().filter_map(keyed).map(|mut mac| {
            mac.update(seconds.to_string().as_bytes());
            mac.update(b".");
            mac.update(body);
            mac.finalize().into_bytes().to_vec()
        });
        Self {
            seconds,
            codes: codes.collect(),
        }
    }

    /// The header's value.
    pub fn header(&self) -> String {
        let hex = |code: &Vec<u8>| code.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let codes = self.codes.iter().map(|code| format!(",v1={}", hex(code)));
        format!("t={}{}", self.seconds, codes.collect::<String>())
    }
}

/// HMAC takes keys of every length.
fn keyed(secret: &Secret) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(secret.0.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_time_and_body() {
        let secret = [Secret("Jefe".to_owned())];
        let other = Secret("other".to_owned());
        let signature = Signature::new(&secret, 1_700_000_000, br#"{"a":1}"#);
        // From `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac Jefe`.
        assert_eq!(
            signature.header(),
            "t=1700000000,v1=fa5f6481efc59da48b19c9dc10196c9953e5651f8304b3a318b6b87d70272e0a"
        );
        for other in [
            Signature::new(&secret, 1_700_000_001, br#"{"a":1}"#),
            Signature::new(&secret, 1_700_000_000, br#"{"a":2}"#),
            Signature::new(std::slice::from_ref(&other), 1_700_000_000, br#"{"a":1}"#),
        ] {
            assert_ne!(other.codes, signature.codes);
        }
        let [secret] = secret;
        let both = Signature::new(&[other, secret], 1_700_000_000, br#"{"a":1}"#).header();
        let (_, code) = signature
            .header()
            .split_once(',')
            .map(|(t, code)| (t.to_owned(), code.to_owned()))
            .unwrap_or_default();
        assert!(
            both.ends_with(&code) && both.matches("v1=").count() == 2,
            "{both}"
        );
    }
}
