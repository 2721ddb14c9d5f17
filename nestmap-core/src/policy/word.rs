//! Closed lists of words: how documents and assessments spell the choices a rule has.

/// Declares an enum whose variants have one fixed spelling each, in rising order of strictness or
/// size where the list has one.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal {
        $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// Every value, in declared order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The spelling in documents and assessments.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl crate::policy::word::Word for $name {
            const WHAT: &'static str = $what;
            const LIST: &'static [Self] = Self::ALL;

            fn spelling(self) -> &'static str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    serde::de::Error::custom(format!("`{text}` is not {}", $what))
                })
            }
        }
    };
}

pub(crate) use words;

/// One of a closed list of words.
pub(crate) trait Word: Copy + 'static {
    /// What a word of the list is, with its article: "a cabin".
    const WHAT: &'static str;
    /// The list.
    const LIST: &'static [Self];

    /// How the word is written.
    fn spelling(self) -> &'static str;
}

impl Word for crate::shopping::Cabin {
    const WHAT: &'static str = "a cabin";
    const LIST: &'static [Self] = &Self::ALL;

    fn spelling(self) -> &'static str {
        self.as_str()
    }
}
