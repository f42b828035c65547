//! The verified graph as GraphML: a node an item, an edge a pair that was compared in full and
//! belongs together.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Answered;
use super::xml::lawful;
use crate::article::Article;
use crate::clustering::Placement;
use crate::verify::Edge;

/// What nodes and edges tell: whose it is, its name, its type.
const KEYS: [(&str, &str, &str); 11] = [
    ("node", "id", "string"),
    ("node", "title", "string"),
    ("node", "url", "string"),
    ("node", "source", "string"),
    ("node", "date_published", "string"),
    ("node", "lang", "string"),
    ("node", "near_dup_id", "string"),
    ("node", "cluster_id", "string"),
    ("node", "is_canonical", "boolean"),
    ("edge", "similarity", "double"),
    ("edge", "kind", "string"),
];

/// The graph of a batch; nodes are named by their place in the input. Characters that XML forbids
/// are left out.
///
/// # Errors
/// Those of the writer.
pub fn graphml(answered: Answered<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = xml
        .create_element("graphml")
        .with_attribute(("xmlns", "http://graphml.graphdrawing.org/xmlns"));
    root.write_inner_content(|xml| {
        for (of, name, kind) in KEYS {
            let key = [
                ("id", name),
                ("for", of),
                ("attr.name", name),
                ("attr.type", kind),
            ];
            xml.create_element("key")
                .with_attributes(key)
                .write_empty()?;
        }
        xml.create_element("graph")
            .with_attribute(("edgedefault", "undirected"))
            .write_inner_content(|xml| {
                answered
                    .rows()
                    .enumerate()
                    .try_for_each(|(at, (article, place))| node(xml, at, article, place))?;
                let edges = answered.report.edges.iter().chain(&answered.report.links);
                edges
                    .into_iter()
                    .try_for_each(|(a, b, between)| edge(xml, *a, *b, between))
            })?;
        Ok(())
    })?;
    writeln!(xml.into_inner())
}

fn node<W: Write>(
    xml: &mut Writer<W>,
    at: usize,
    article: &Article<'_>,
    place: &Placement,
) -> io::Result<()> {
    let name = at.to_string();
    xml.create_element("node")
        .with_attribute(("id", name.as_str()))
        .write_inner_content(|xml| {
            data(xml, "id", Some(&article.id))?;
            data(xml, "title", Some(&article.title))?;
            data(xml, "url", article.url.as_deref())?;
            data(xml, "source", article.source.as_deref())?;
            data(
                xml,
                "date_published",
                article.published.map(|when| when.to_string()).as_deref(),
            )?;
            data(xml, "lang", Some(place.language.code()))?;
            data(xml, "near_dup_id", Some(&place.near_dup.to_string()))?;
            data(xml, "cluster_id", Some(&place.cluster.to_string()))?;
            data(
                xml,
                "is_canonical",
                Some(if place.relation.is_canonical() {
                    "true"
                } else {
                    "false"
                }),
            )
        })?;
    Ok(())
}

fn edge<W: Write>(xml: &mut Writer<W>, a: usize, b: usize, between: &Edge) -> io::Result<()> {
    let [source, target] = [a, b].map(|at| at.to_string());
    let ends = [("source", source.as_str()), ("target", target.as_str())];
    xml.create_element("edge")
        .with_attributes(ends)
        .write_inner_content(|xml| {
            data(
                xml,
                "similarity",
                Some(&format!("{:.4}", between.similarity())),
            )?;
            data(xml, "kind", Some(between.kind().name()))
        })?;
    Ok(())
}

fn data<W: Write>(xml: &mut Writer<W>, key: &str, value: Option<&str>) -> io::Result<()> {
    if let Some(value) = value {
        let value = lawful(value);
        xml.create_element("data")
            .with_attribute(("key", key))
            .write_text_content(BytesText::new(&value))?;
    }
    Ok(())
}
