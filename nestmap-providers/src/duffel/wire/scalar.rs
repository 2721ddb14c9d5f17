//! The small things: amounts, texts that don't print, and enums that keep what they don't know.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A decimal amount exactly as it came: `"171.98"`, `"20.0"`, `"50"`. Amounts go back to Duffel
/// byte for byte, so nothing here formats them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub String);

impl Amount {
    /// The text that came, and that goes back.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person's datum: it is sent and read, never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal(pub String);

impl Personal {
    /// The datum itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<T: Into<String>> From<T> for Personal {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

macro_rules! open_enums {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal $(| $alias:literal)*,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// A value this adapter doesn't know, as it came.
            Other(String),
        }

        impl $name {
            /// The value on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text $(| $alias)* => Self::$variant,)*
                    _ => Self::Other(text.to_owned()),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::from(text.as_ref()))
            }
        }
    )*};
}

open_enums! {
    /// The cabin a segment is flown in.
    CabinClass {
        Economy = "economy",
        PremiumEconomy = "premium_economy",
        Business = "business",
        First = "first",
    }
    /// What the airline takes a passenger for.
    PassengerType {
        Adult = "adult",
        Child = "child",
        InfantWithoutSeat = "infant_without_seat",
    }
    /// Pay at once, or hold and pay later. One client library says `pay_later` for the latter.
    OrderType {
        Instant = "instant",
        Hold = "hold" | "pay_later",
    }
    /// How an order is paid.
    PaymentType {
        Balance = "balance",
        Card = "card",
        ArcBspCash = "arc_bsp_cash",
        AirlineCredit = "airline_credit",
    }
    /// Where a payment stands; older answers don't say.
    PaymentState {
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
        Cancelled = "cancelled",
    }
    /// Where the money of a cancelled order goes.
    RefundTo {
        Balance = "balance",
        Card = "card",
        ArcBspCash = "arc_bsp_cash",
        Voucher = "voucher",
        AwaitingPayment = "awaiting_payment",
        AirlineCredits = "airline_credits",
        OriginalFormOfPayment = "original_form_of_payment",
    }
    /// What may be done with an order now. This, not the fare conditions, decides.
    OrderAction {
        Cancel = "cancel",
        Change = "change",
        Update = "update",
    }
    /// Whether an order was made through the API and may be changed through it.
    OrderContent {
        Managed = "managed",
        SelfManaged = "self_managed",
    }
    /// What kind of paper the airline issued.
    DocumentType {
        ElectronicTicket = "electronic_ticket",
        ElectronicMiscellaneousDocumentAssociated = "electronic_miscellaneous_document_associated",
        ElectronicMiscellaneousDocumentStandalone = "electronic_miscellaneous_document_standalone",
    }
    /// What is sold besides the flight.
    ServiceType {
        Baggage = "baggage",
        Seat = "seat",
        Meal = "meal",
        CancelForAnyReason = "cancel_for_any_reason",
    }
    /// Where a bag travels.
    BaggageType {
        Checked = "checked",
        CarryOn = "carry_on",
    }
    /// Whom a private fare is for.
    PrivateFareType {
        Corporate = "corporate",
        Leisure = "leisure",
        Negotiated = "negotiated",
    }
    /// A passenger's document.
    IdentityDocumentType {
        Passport = "passport",
        TaxId = "tax_id",
        KnownTravelerNumber = "known_traveler_number",
        PassengerRedressNumber = "passenger_redress_number",
    }
    /// Whether a place is an airport or a city with several.
    PlaceType {
        Airport = "airport",
        City = "city",
    }
    /// What a webhook tells.
    EventType {
        OrderCreated = "order.created",
        OrderCreationFailed = "order.creation_failed",
        OrderUpdated = "order.updated",
        AirlineInitiatedChangeDetected = "order.airline_initiated_change_detected",
        PaymentCreated = "payment.created",
        PaymentPending = "air.payment.pending",
        PaymentSucceeded = "air.payment.succeeded",
        PaymentFailed = "air.payment.failed",
        PaymentCancelled = "air.payment.cancelled",
        PingTriggered = "ping.triggered",
    }
    /// The coarse kind of an error.
    ErrorType {
        Authentication = "authentication_error",
        Airline = "airline_error",
        InvalidState = "invalid_state_error",
        RateLimit = "rate_limit_error",
        Validation = "validation_error",
        InvalidRequest = "invalid_request_error",
        Api = "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_goes_back_as_it_came() {
        for text in [r#""171.98""#, r#""20.0""#, r#""50""#, r#""-10.00""#, r#""0""#] {
            let amount: Amount = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&amount).unwrap(), text);
        }
        assert!(
            serde_json::from_str::<Amount>("171.98").is_err(),
            "a float lost its digits already"
        );
    }

    #[test]
    fn an_unknown_value_survives_and_an_alias_is_understood() {
        let back = |text: &str| {
            let value: OrderType = serde_json::from_str(text).unwrap();
            serde_json::to_string(&value).unwrap()
        };
        assert_eq!(back(r#""instant""#), r#""instant""#);
        assert_eq!(back(r#""pay_later""#), r#""hold""#);
        assert_eq!(back(r#""group \"booking\"""#), r#""group \"booking\"""#);
    }

    #[test]
    fn personal_data_does_not_print() {
        assert_eq!(format!("{:?}", Personal::from("Amelia")), "[personal]");
    }
}
