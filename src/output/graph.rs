//! GraphML: a node an item, an edge a verified pair of duplicates or of one story.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::xml::{document, valid_xml};
use super::{
    CLUSTER_ID, ClusteredItem, ClusteredItems, IS_CANONICAL, LANG, NEAR_DUP_ID, SIMILARITY,
};
use crate::verify::Edge;

/// The attributes: of nodes or edges, name, type.
const KEYS: [(&str, &str, &str); 11] = [
    ("node", "id", "string"),
    ("node", "title", "string"),
    ("node", "url", "string"),
    ("node", "source", "string"),
    ("node", "date_published", "string"),
    ("node", LANG, "string"),
    ("node", NEAR_DUP_ID, "string"),
    ("node", CLUSTER_ID, "string"),
    ("node", IS_CANONICAL, "boolean"),
    ("edge", SIMILARITY, "double"),
    ("edge", "kind", "string"),
];

/// Writes the graph of a batch. The id of a node is its position in the input. Characters that XML
/// forbids are left out.
///
/// # Errors
/// Errors of the writer.
pub fn graphml(batch: ClusteredItems<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut xml = document(out)?;
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
                for (position, row) in batch.rows().enumerate() {
                    node(xml, position, row)?;
                }
                let partition = &batch.report.partition;
                for between in partition.edges.iter().chain(&batch.report.links) {
                    let [a, b] = partition.positions(between);
                    edge(xml, a, b, between)?;
                }
                Ok(())
            })?;
        Ok(())
    })?;
    writeln!(xml.into_inner())
}

fn node<W: Write>(
    xml: &mut Writer<W>,
    position: usize,
    ClusteredItem {
        article, placement, ..
    }: ClusteredItem<'_>,
) -> io::Result<()> {
    let position = position.to_string();
    let date = article.published.map(|when| when.to_string());
    let is_canonical = placement.relation.is_canonical().to_string();
    xml.create_element("node")
        .with_attribute(("id", position.as_str()))
        .write_inner_content(|xml| {
            data(xml, "id", Some(&article.id))?;
            data(xml, "title", Some(&article.title))?;
            data(xml, "url", article.url.as_deref())?;
            data(xml, "source", article.source.as_deref())?;
            data(xml, "date_published", date.as_deref())?;
            data(xml, LANG, Some(placement.language.code()))?;
            data(xml, NEAR_DUP_ID, Some(&placement.near_dup.to_string()))?;
            data(xml, CLUSTER_ID, Some(&placement.cluster.to_string()))?;
            data(xml, IS_CANONICAL, Some(&is_canonical))
        })?;
    Ok(())
}

fn edge<W: Write>(xml: &mut Writer<W>, a: usize, b: usize, between: &Edge) -> io::Result<()> {
    let [source, target] = [a, b].map(|at| at.to_string());
    let ends = [("source", source.as_str()), ("target", target.as_str())];
    xml.create_element("edge")
        .with_attributes(ends)
        .write_inner_content(|xml| {
            let similarity = format!("{:.4}", between.similarity());
            data(xml, SIMILARITY, Some(&similarity))?;
            data(xml, "kind", Some(between.kind().name()))
        })?;
    Ok(())
}

fn data<W: Write>(xml: &mut Writer<W>, key: &str, value: Option<&str>) -> io::Result<()> {
    if let Some(value) = value {
        let value = valid_xml(value);
        xml.create_element("data")
            .with_attribute(("key", key))
            .write_text_content(BytesText::new(&value))?;
    }
    Ok(())
}
