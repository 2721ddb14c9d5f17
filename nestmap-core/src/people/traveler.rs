//! The traveler's profile: the name as in the document, and what airlines ask for.

use serde::{Deserialize, Serialize};

use super::Person;
use crate::error::{Code, Error};
use crate::id::PersonId;
use crate::place::Country;
use crate::time::Date;

/// What is known of somebody as a traveler. Everything may be missing until a booking needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TravelerProfile {
    /// Given names as in the travel document.
    pub given_name: Option<String>,
    /// Family name as in the travel document.
    pub family_name: Option<String>,
    /// Form of address.
    pub title: Option<Title>,
    /// As in the travel document.
    pub gender: Option<Gender>,
    /// Date of birth.
    pub born_on: Option<Date>,
    /// Phone number in E.164 form, such as `+4930123456`.
    pub phone: Option<String>,
    /// Passport or identity card.
    pub document: Option<TravelDocument>,
}

/// A form of address that airlines know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Title {
    /// Mr
    Mr,
    /// Ms
    Ms,
    /// Mrs
    Mrs,
    /// Miss
    Miss,
    /// Dr
    Dr,
}

/// The gender as airlines transmit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A passport.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelDocument {
    /// The number.
    pub number: String,
    /// The country that issued it.
    pub issued_by: Country,
    /// The last day it is valid.
    pub expires_on: Date,
}

impl std::fmt::Debug for TravelDocument {
    /// Without the number: logs never hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TravelDocument")
            .field("issued_by", &self.issued_by)
            .field("expires_on", &self.expires_on)
            .finish_non_exhaustive()
    }
}

/// A traveler as an airline needs them; everything is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passenger {
    /// The person in our model.
    pub person: PersonId,
    /// Given names.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Form of address.
    pub title: Title,
    /// Gender as in the document.
    pub gender: Gender,
    /// Date of birth.
    pub born_on: Date,
    /// E-mail address.
    pub email: String,
    /// Phone number in E.164 form.
    pub phone: String,
    /// Passport, where the offer asks for one.
    pub document: Option<TravelDocument>,
}

impl TravelerProfile {
    /// Refuses what no airline would take; missing fields are fine.
    pub fn check(&self) -> Result<(), Error> {
        check_name("given_name", self.given_name.as_deref())?;
        check_name("family_name", self.family_name.as_deref())?;
        match self.phone.as_deref() {
            Some(phone) if !is_e164(phone) => Err(Error::invalid(
                "profile.phone",
                "a number in E.164 form such as +4930123456",
                phone,
            )),
            _ => Ok(()),
        }
    }
}

impl Person {
    /// The person as a passenger of a journey that ends on `last_day`; names what is missing.
    pub fn passenger(&self, document_required: bool, last_day: Date) -> Result<Passenger, Error> {
        let profile = &self.profile;
        let document = profile.document.clone().filter(|document| document.expires_on >= last_day);
        if document_required && document.is_none() {
            return Err(
                self.lacks("document", "a travel document valid until the end of the journey")
            );
        }
        Ok(Passenger {
            person: self.id,
            given_name: self.need("given_name", "the given name", &profile.given_name)?,
            family_name: self.need("family_name", "the family name", &profile.family_name)?,
            title: self.need("title", "a form of address", &profile.title)?,
            gender: self.need("gender", "the gender as in the document", &profile.gender)?,
            born_on: self.need("born_on", "the date of birth", &profile.born_on)?,
            email: self.email.clone(),
            phone: self.need("phone", "a phone number", &profile.phone)?,
            document,
        })
    }

    fn need<T: Clone>(&self, field: &str, expected: &str, value: &Option<T>) -> Result<T, Error> {
        value.clone().ok_or_else(|| self.lacks(field, expected))
    }

    fn lacks(&self, field: &str, expected: &str) -> Error {
        let message = format!("the profile of {} lacks {expected}", self.name);
        Error::new(Code::PassengerIncomplete, message)
            .field(format!("profile.{field}"))
            .expected(expected)
            .detail("person", self.id.to_string())
    }
}

/// Airlines take 1 to 20 Latin letters with spaces, hyphens and apostrophes.
fn check_name(field: &str, name: Option<&str>) -> Result<(), Error> {
    let Some(name) = name else { return Ok(()) };
    let length = name.chars().count();
    // Up to U+024F: Latin-1, Latin Extended-A and -B.
    let latin = |c: char| c <= '\u{24f}' && c.is_alphabetic();
    let plain = name.chars().all(|c| latin(c) || " -'.".contains(c));
    if (1..=20).contains(&length) && plain && name.chars().any(latin) {
        Ok(())
    } else {
        let shown: String = name.chars().take(40).collect();
        Err(Error::invalid(&format!("profile.{field}"), "1 to 20 Latin letters", &shown))
    }
}

fn is_e164(phone: &str) -> bool {
    phone.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(json: &str) -> TravelerProfile {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn names_are_latin_and_short() {
        for good in ["Ana", "Jean-Luc", "O'Neil", "Žofie", "Núñez de Oca"] {
            let profile = TravelerProfile { given_name: Some(good.into()), ..Default::default() };
            assert!(profile.check().is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            "李",
            "R2D2",
            "a\r\nX-Header: 1",
            "'; drop table people; --",
            "abcdefghijklmnopqrstu",
        ] {
            let profile = TravelerProfile { family_name: Some(bad.into()), ..Default::default() };
            let error = profile.check().unwrap_err();
            assert_eq!(error.details["field"], "profile.family_name", "{bad}");
        }
    }

    #[test]
    fn phones_are_e164() {
        assert!(profile(r#"{"phone":"+4930123456"}"#).check().is_ok());
        for bad in ["030 123456", "+0301234567", "+49", "+49301234567890123", "+49 30 123456"] {
            let profile = TravelerProfile { phone: Some(bad.into()), ..Default::default() };
            assert!(profile.check().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_document_number_does_not_print() {
        let document = TravelDocument {
            number: "C01X00T47".into(),
            issued_by: Country::parse("DE").unwrap(),
            expires_on: "2030-01-01".parse().unwrap(),
        };
        assert!(!format!("{document:?}").contains("C01X00T47"));
    }
}
