//! Reports and events over HTTP.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use ureq::Agent;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use ureq::http::{Response, Uri};

use super::{Answer, Parcel, Verdict};
use crate::connection::{Certificates, is_loopback};

/// The most of an answer that is read.
const ANSWER_LIMIT: u64 = 1 << 20;

/// The longest that a receiver can ask to be left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// An address with what it takes to be let in.
#[derive(Debug, Clone)]
pub struct Post {
    /// Where to.
    pub address: Address,
    /// What is sent along to be let in (`Authorization: Bearer …`).
    pub token: Option<Secret>,
    agent: Agent,
}

impl Post {
    /// An address whose answer is waited for so long.
    pub fn new(
        address: Address,
        token: Option<Secret>,
        certificates: &Certificates,
        timeout: Duration,
    ) -> Result<Self, String> {
        let agent = certificates.agent(&address.0, timeout, |config| {
            config
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
        })?;
        Ok(Self {
            address,
            token,
            agent,
        })
    }

    /// Posts once, and says what came of it.
    pub fn post(&self, headers: &[(&str, &str)], bytes: &[u8]) -> Verdict {
        match self.ask(headers, bytes) {
            Ok((status, text, after)) => judge(status, text, after),
            Err(text) => Verdict::Later {
                answer: Answer { status: None, text },
                after: None,
                all: true,
            },
        }
    }

    /// Status and text of the answer, how long the receiver asked to be left alone; or what went wrong.
    fn ask(&self, headers: &[(&str, &str)], bytes: &[u8]) -> Result<(u16, String, Option<Duration>), String> {
        let mut request = self.agent.post(&self.address.0);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.0));
        }
        let mut response = request.send(bytes).map_err(|error| error.to_string())?;
        let after = retry_after(&response);
        // The status says it all; what follows is for people.
        let text = response
            .body_mut()
            .with_config()
            .limit(ANSWER_LIMIT)
            .read_to_string()
            .unwrap_or_default();
        Ok((response.status().as_u16(), text, after))
    }

    pub(super) fn send(&self, parcel: &Parcel) -> Verdict {
        let headers = [
            (CONTENT_TYPE.as_str(), parcel.media_type.as_str()),
            ("idempotency-key", parcel.report.as_str()),
        ];
        self.post(&headers, &parcel.bytes)
    }
}

fn judge(status: u16, text: String, after: Option<Duration>) -> Verdict {
    let answer = Answer {
        status: Some(status),
        text,
    };
    match status {
        200..300 => Verdict::Accepted(answer),
        // The receiver is not there, lets nobody in, or is not what it was taken for: no report would fare better.
        300..400 | 401 | 403..=405 | 407 | 408 | 415 | 421 | 429 | 502..=504 => Verdict::Later {
            answer,
            after,
            all: true,
        },
        400..500 => Verdict::Refused(answer),
        // It may be this report that makes the receiver stumble.
        _ => Verdict::Later {
            answer,
            after,
            all: false,
        },
    }
}

/// `Retry-After` in seconds or as a date.
fn retry_after<T>(response: &Response<T>) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let moment = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            jiff::Timestamp::now().duration_until(moment).try_into().ok()?
        }
    };
    Some(wait.min(LONGEST_PAUSE))
}

/// An address that may be posted to: `https`, or `http` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Uri);

impl Address {
    /// Scheme and host: what people may see, for the rest of an address can be a secret.
    pub fn shown(&self) -> String {
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        format!("{}://{authority}", self.0.scheme_str().unwrap_or_default())
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|_| "this is not an address".to_owned())?;
        if uri
            .authority()
            .is_none_or(|authority| authority.as_str().contains('@'))
        {
            return Err("an address has a host, and no user or password in it".to_owned());
        }
        let address = Self(uri);
        match address.0.scheme_str() {
            Some("https") => Ok(address),
            Some("http") if is_loopback(&address.0) => Ok(address),
            _ => Err("personal data leaves this machine by `https` only".to_owned()),
        }
    }
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_safe_or_refused() {
        for good in [
            "https://a.example/x?key=1",
            "http://127.0.0.1:8090/",
            "http://[::1]/",
            "http://localhost:1",
        ] {
            assert!(good.parse::<Address>().is_ok(), "{good}");
        }
        for bad in [
            "http://a.example/",
            "ftp://a.example",
            "https://u:p@a.example/",
            "folder",
            "https://",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
        let address: Address = "https://a.example:8/x?key=secret".parse().unwrap();
        assert_eq!(address.shown(), "https://a.example:8");
    }

    #[test]
    fn what_the_receiver_says_decides() {
        let verdict = |status| judge(status, String::new(), None);
        assert!(matches!(verdict(200), Verdict::Accepted(_)));
        assert!(matches!(verdict(202), Verdict::Accepted(_)));
        for status in [400, 409, 413, 422] {
            assert!(matches!(verdict(status), Verdict::Refused(_)), "{status}");
        }
        for status in [301, 401, 403, 404, 415, 429, 503] {
            assert!(
                matches!(verdict(status), Verdict::Later { all: true, .. }),
                "{status}"
            );
        }
        assert!(matches!(verdict(500), Verdict::Later { all: false, .. }));
    }

    #[test]
    fn a_pause_is_given_in_seconds_or_as_a_date() {
        let response = |text: &str| Response::builder().header(RETRY_AFTER, text).body(()).unwrap();
        assert_eq!(retry_after(&response("7")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&response("9999999")), Some(LONGEST_PAUSE));
        let soon = jiff::Timestamp::now() + Duration::from_secs(60);
        let date = jiff::fmt::rfc2822::to_string(&soon.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
        let wait = retry_after(&response(&date)).unwrap();
        assert!((58..=60).contains(&wait.as_secs()), "{wait:?}");
        assert_eq!(retry_after(&response("Wed, 21 Oct 2015 07:28:00 +0000")), None);
        assert_eq!(retry_after(&response("soon")), None);
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret("abc".to_owned())), "Secret");
    }
}
