//! Id of an item: its text, and whether the input had a number. Typed output (JSON, Parquet) has
//! the type of the input.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error, Serialize, Serializer};
use serde_json::Number;
use serde_json::value::RawValue;

/// Id of an item. Dereferences to text; in JSON, an id read as a number is written as a number.
///
/// ```
/// use qissa::article::Id;
///
/// assert_eq!(serde_json::to_string(&Id::from("7")).unwrap(), "\"7\"");
/// assert_eq!(serde_json::to_string(&Id::from("7").into_number()).unwrap(), "7");
/// assert_eq!(Id::from("7").into_number(), "7");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<'a> {
    text: Cow<'a, str>,
    is_number: bool,
}

/// Prefix of a number in [`Id::stored`].
const NUMBER_MARK: char = '\0';

impl<'a> Id<'a> {
    /// Marks the id as a number if its text is a JSON number.
    #[must_use]
    pub fn into_number(self) -> Self {
        let is_number = serde_json::from_str::<Number>(&self.text).is_ok();
        Id { is_number, ..self }
    }

    /// Whether the input had a number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.is_number
    }

    /// Text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id, borrowed from `self`.
    #[must_use]
    pub fn borrowed(&self) -> Id<'_> {
        Id {
            text: Cow::Borrowed(&self.text),
            is_number: self.is_number,
        }
    }

    /// The id with an owned text.
    #[must_use]
    pub fn into_owned(self) -> Id<'static> {
        Id {
            text: Cow::Owned(self.text.into_owned()),
            is_number: self.is_number,
        }
    }

    /// Text for storage. `NUMBER_MARK` precedes a number, and a text that begins with
    /// `NUMBER_MARK`.
    fn stored(&self) -> Cow<'_, str> {
        match self.is_number || self.text.starts_with(NUMBER_MARK) {
            true => Cow::Owned(format!("{NUMBER_MARK}{}", self.text)),
            false => Cow::Borrowed(&self.text),
        }
    }

    /// Inverse of [`Id::stored`].
    fn restored(stored: String) -> Id<'static> {
        match stored.strip_prefix(NUMBER_MARK) {
            Some(text) if text.starts_with(NUMBER_MARK) => Id::from(text.to_owned()),
            Some(text) if Id::from(text).into_number().is_number => {
                Id::from(text.to_owned()).into_number()
            }
            _ => Id::from(stored),
        }
    }
}

impl Deref for Id<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Id<'_> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<'a> From<Cow<'a, str>> for Id<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Id {
            text,
            is_number: false,
        }
    }
}

impl<'a> From<&'a str> for Id<'a> {
    fn from(text: &'a str) -> Self {
        Cow::Borrowed(text).into()
    }
}

impl<'a> From<&'a String> for Id<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Id<'_> {
    fn from(text: String) -> Self {
        Id {
            text: Cow::Owned(text),
            is_number: false,
        }
    }
}

impl PartialEq<str> for Id<'_> {
    fn eq(&self, other: &str) -> bool {
        *self.text == *other
    }
}

impl PartialEq<&str> for Id<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self.text == **other
    }
}

impl PartialEq<String> for Id<'_> {
    fn eq(&self, other: &String) -> bool {
        *self.text == **other
    }
}

impl Serialize for Id<'_> {
    /// A string or a number in human-readable formats; the text for storage in binary formats.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_str(&self.stored());
        }
        if !self.is_number {
            return serializer.serialize_str(&self.text);
        }
        match self.text.parse::<i64>() {
            // A text such as "1e3" or "-0" is not the text of the integer and is kept raw.
            Ok(number) if number.to_string() == *self.text => serializer.serialize_i64(number),
            _ => RawValue::from_string(self.text.to_string())
                .map_err(S::Error::custom)?
                .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Id<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_stored = !deserializer.is_human_readable();
        let text = String::deserialize(deserializer)?;
        Ok(if is_stored {
            Id::restored(text)
        } else {
            text.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_type_of_the_input() {
        for (text, number) in [
            ("7", "7"),
            ("-3", "-3"),
            ("1.50", "1.50"),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            assert_eq!(
                serde_json::to_string(&Id::from(text).into_number()).unwrap(),
                number
            );
            assert_eq!(
                serde_json::to_string(&Id::from(text)).unwrap(),
                format!("{text:?}")
            );
        }
        assert!(
            !Id::from("007").into_number().is_number() && !Id::from("a7").into_number().is_number()
        );
    }

    #[test]
    fn a_stored_id_keeps_its_type() {
        let texts = ["7", "a", "", "\0", "\u{0}7", "\u{0}\u{0}7"].map(Id::from);
        for id in texts.into_iter().chain([Id::from("7").into_number()]) {
            let stored = postcard::to_stdvec(&id).unwrap();
            assert_eq!(postcard::from_bytes::<Id<'_>>(&stored).unwrap(), id);
        }
        // Ids stored before ids had a type.
        assert_eq!(
            postcard::from_bytes::<Id<'_>>(&postcard::to_stdvec("7").unwrap()).unwrap(),
            Id::from("7")
        );
    }
}
