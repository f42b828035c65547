//! Lists the items most similar to an item.

use qissa::{Article, Config, Engine, ListOptions};

fn main() -> Result<(), qissa::Error> {
    let articles = [
        Article::headline("1", "Minister opens the new bridge over the river"),
        Article::headline("2", "Minister opens new bridge over the river"),
        Article::headline(
            "3",
            "New bridge over the river draws thousands on first day",
        ),
        Article::headline("4", "Toll on the river bridge rejected by the council"),
        Article::headline("5", "Rain expected on the coast this weekend"),
    ];
    let engine = Engine::new(Config::default().check()?);
    let list = engine.similar_to(&articles, 0, &ListOptions::default(), &())?;
    println!("{}", articles[list.of].title);
    for entry in &list.entries {
        println!(
            "  {:.2} {}: {}",
            entry.score,
            entry.reason.name(),
            articles[entry.item].title
        );
    }
    Ok(())
}
