//! Canonical bytes, written while a value is walked.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Error as _};
use serde_json::{Error, Value};

/// Writes JSON without white space, every object's keys sorted and every entry closed by a comma.
///
/// Most fields come in another order than the canonical one, so an object is put in order when it
/// ends. Numbers and texts are spelled by `serde_json`.
#[derive(Default)]
pub(super) struct Canonical {
    bytes: Vec<u8>,
    /// The entries of all objects that haven't ended; those of the innermost come last.
    entries: Vec<Entry>,
    /// Room to put entries in order.
    sorted: Vec<u8>,
}

/// A field in `bytes`: `"key":value,`.
struct Entry {
    key: Cow<'static, str>,
    start: usize,
    end: usize,
}

impl Canonical {
    /// Begins with a line that isn't part of the value.
    pub(super) fn under(label: &str) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(label.as_bytes());
        bytes.push(b'\n');
        Self { bytes, ..Self::default() }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A value without values in it, as `serde_json` writes it.
    fn scalar<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        serde_json::to_writer(&mut self.bytes, value)
    }

    /// Begins an object of one field whose value is still to come; it ends with `,}`.
    fn variant(&mut self, name: &str) -> Result<(), Error> {
        self.bytes.push(b'{');
        self.scalar(name)?;
        self.bytes.push(b':');
        Ok(())
    }

    fn list(&mut self, end: &'static str) -> List<'_> {
        self.bytes.push(b'[');
        List { out: self, end }
    }

    fn object(&mut self, end: &'static str) -> Object<'_> {
        self.bytes.push(b'{');
        let (start, first) = (self.bytes.len(), self.entries.len());
        Object { out: self, end, start, first, key: None }
    }
}

/// Elements, each closed by a comma.
pub(super) struct List<'a> {
    out: &'a mut Canonical,
    end: &'static str,
}

impl List<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.out)?;
        self.out.bytes.push(b',');
        Ok(())
    }

    fn finish(self) {
        self.out.bytes.extend_from_slice(self.end.as_bytes());
    }
}

/// An object whose entries are put in order at its end.
pub(super) struct Object<'a> {
    out: &'a mut Canonical,
    end: &'static str,
    /// Where its first entry begins, in bytes.
    start: usize,
    /// Where its first entry is, among the entries.
    first: usize,
    /// A map's key whose value is still to come.
    key: Option<String>,
}

impl Object<'_> {
    fn entry<T>(&mut self, key: Cow<'static, str>, value: &T) -> Result<(), Error>
    where
        T: Serialize + ?Sized,
    {
        let start = self.out.bytes.len();
        self.out.scalar(&*key)?;
        self.out.bytes.push(b':');
        value.serialize(&mut *self.out)?;
        self.out.bytes.push(b',');
        self.out.entries.push(Entry { key, start, end: self.out.bytes.len() });
        Ok(())
    }

    fn finish(self) {
        let Canonical { bytes, entries, sorted } = self.out;
        let own = &mut entries[self.first..];
        if !own.is_sorted_by(|one, next| one.key < next.key) {
            own.sort_by(|one, other| one.key.cmp(&other.key));
            sorted.clear();
            for (at, entry) in own.iter().enumerate() {
                // Of entries with one key the last holds, as in a map.
                if own.get(at + 1).is_none_or(|next| next.key != entry.key) {
                    sorted.extend_from_slice(&bytes[entry.start..entry.end]);
                }
            }
            bytes.truncate(self.start);
            bytes.extend_from_slice(sorted);
        }
        entries.truncate(self.first);
        bytes.extend_from_slice(self.end.as_bytes());
    }
}

/// A map's key as text: numbers and truth values are written as they are.
fn key_of<T: Serialize + ?Sized>(key: &T) -> Result<String, Error> {
    match serde_json::to_value(key)? {
        Value::String(text) => Ok(text),
        plain @ (Value::Number(_) | Value::Bool(_)) => Ok(plain.to_string()),
        _ => Err(Error::custom("a key that isn't text")),
    }
}

macro_rules! scalars {
    ($($method:ident $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<(), Error> {
            self.scalar(&value)
        }
    )*};
}

impl<'a> ser::Serializer for &'a mut Canonical {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    scalars! {
        serialize_bool bool,
        serialize_i8 i8,
        serialize_i16 i16,
        serialize_i32 i32,
        serialize_i64 i64,
        serialize_i128 i128,
        serialize_u8 u8,
        serialize_u16 u16,
        serialize_u32 u32,
        serialize_u64 u64,
        serialize_u128 u128,
        serialize_f64 f64,
        serialize_char char,
        serialize_str &str,
    }

    /// Like the `f64` it is, since a tree knows no other.
    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.scalar(&format_args!("{value}"))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.scalar(&())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.scalar(variant)
    }

    fn serialize_newtype_struct<T>(self, _: &'static str, value: &T) -> Result<(), Error>
    where
        T: Serialize + ?Sized,
    {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error>
    where
        T: Serialize + ?Sized,
    {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.bytes.extend_from_slice(b",}");
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Error> {
        Ok(self.list("]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, Error> {
        Ok(self.list("]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, Error> {
        Ok(self.list("]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, Error> {
        self.variant(variant)?;
        Ok(self.list("],}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, Error> {
        Ok(self.object("}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, Error> {
        Ok(self.object("}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, Error> {
        self.variant(variant)?;
        Ok(self.object("},}"))
    }
}

macro_rules! lists {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for List<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! structs {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Object<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T>(&mut self, key: &'static str, value: &T) -> Result<(), Error>
            where
                T: Serialize + ?Sized,
            {
                self.entry(Cow::Borrowed(key), value)
            }

            fn end(self) -> Result<(), Error> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = Some(key_of(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().expect("a key comes before its value");
        self.entry(Cow::Owned(key), value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish();
        Ok(())
    }
}
