//! How a receiver knows that a message comes from here, is whole, and is not an old one sent again by somebody else.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::delivery::Secret;

/// The header that holds the signature: `t=<seconds since 1970>,v1=<hexadecimal>`.
///
/// `v1` is the HMAC-SHA256, under the subscription's secret, of the text of `t`, a full stop, and the exact bytes of the
/// body. A receiver computes it anew, compares without stopping at the first difference, and refuses a `t` that is more than
/// five minutes away from its own clock: so an old message cannot be sent again later. Within these minutes the message's
/// `id` tells a second delivery, which may also come from here: at least once is what is promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    seconds: i64,
    code: Vec<u8>,
}

impl Signature {
    /// The header's name.
    pub const HEADER: &'static str = "metode-signature";

    /// Signs a body at a moment, in seconds since 1970.
    pub fn new(secret: &Secret, seconds: i64, body: &[u8]) -> Self {
        let code = keyed(secret).map(|mut mac| {
            mac.update(seconds.to_string().as_bytes());
            mac.update(b".");
            mac.update(body);
            mac.finalize().into_bytes().to_vec()
        });
        Self {
            seconds,
            code: code.unwrap_or_default(),
        }
    }

    /// The header's value.
    pub fn header(&self) -> String {
        let hex: String = self.code.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={},v1={hex}", self.seconds)
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
        let secret = Secret("Jefe".to_owned());
        let signature = Signature::new(&secret, 1_700_000_000, br#"{"a":1}"#);
        // From `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac Jefe`.
        assert_eq!(
            signature.header(),
            "t=1700000000,v1=fa5f6481efc59da48b19c9dc10196c9953e5651f8304b3a318b6b87d70272e0a"
        );
        for other in [
            Signature::new(&secret, 1_700_000_001, br#"{"a":1}"#),
            Signature::new(&secret, 1_700_000_000, br#"{"a":2}"#),
            Signature::new(&Secret("other".to_owned()), 1_700_000_000, br#"{"a":1}"#),
        ] {
            assert_ne!(other.code, signature.code);
        }
    }
}
