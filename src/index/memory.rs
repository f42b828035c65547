//! An index in memory: who its items are, their texts in buckets, their groups. Nothing here reads or writes; what a
//! commit has to keep is handed out as a [`Segment`].
//!
//! An item costs its keys, its print and its headline; bodies are not held.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::known::Claims;
use super::{Decided, Decision, Event, Item, Kind, Labels, Relabelled, Segment, Version};
use crate::article::{Article, Id, Timestamp};
use crate::canonical::{self, Body, Score, Traits, Weights};
use crate::copies::{CopyGroups, Keyed, Keyer, TextKeys};
use crate::identity::Identity;
use crate::identity::likeness::{self, Likeness, Title};
use crate::text::Backgrounds;
use crate::verify::{DuplicateVerifier, Fingerprint, MatchKind};

/// An item that is still seen so many seconds after it was last written is written again, so that segments can be
/// dropped whole when they are old.
const REFRESH: i64 = 86_400;

/// Of a larger group only the first and the last items, so many of each, can be its canonical.
const SCORED: usize = 64;

/// An item on its way in, with what it is compared by.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// The item.
    pub article: &'a Article<'a>,
    /// Who it is.
    pub identity: Identity,
    /// The item without its text, if the settings leave that out.
    pub textless: Option<Article<'a>>,
    /// How far its source is trusted, in 0..=1.
    pub trust: f64,
    /// What it is compared by; nothing, if it is too short.
    pub text: Option<(Fingerprint, TextKeys)>,
}

/// An id that several items of a feed bear, so that it identifies none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WornId {
    /// The name of the feed; empty if its items do not tell.
    pub source: String,
    /// The id.
    pub id: Id<'static>,
}

/// What it is worth that two items share an id or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// They share the address of one article.
    Page,
    /// They share an id that no third item bears.
    Id,
    /// They share an id or a link that other items have too, or that is no article's by its form.
    Weak,
    /// They share a link, but each has an id of its own.
    OtherId,
    /// They share nothing that tells items apart.
    None,
}

/// What is held of an item.
#[derive(Debug)]
struct Entry {
    id: Id<'static>,
    says: Says,
    first: i64,
    guid: Option<u64>,
    link: Option<u64>,
    names_article: bool,
    /// All that it claims: the ids, links and texts of its versions.
    keys: Vec<u64>,
    /// A hash of what each version says, and the text it is compared by.
    versions: Vec<(u64, Option<u32>)>,
    /// The segment it was last written in, and when.
    home: (u64, i64),
}

/// What an item is chosen by, as its last version has it.
#[derive(Debug)]
struct Says {
    title: Box<str>,
    /// What tells the news, where that is not the whole headline.
    told: Option<Box<str>>,
    body: Body,
    source: Option<Box<str>>,
    trust: f64,
    published: Option<i64>,
}

impl Says {
    fn of(one: &Incoming<'_>) -> Self {
        let article = one.textless.as_ref().unwrap_or(one.article);
        let told = canonical::told(article);
        Says {
            title: (&*article.title).into(),
            told: (told != article.title).then(|| (&*told).into()),
            body: Body::of(article),
            source: article.source.as_deref().map(Into::into),
            trust: one.trust,
            published: article.published.map(|when| when.0),
        }
    }

    fn traits(&self, copies: u64) -> Traits<'_> {
        Traits {
            title: &self.title,
            told: self.told.as_deref().unwrap_or(&self.title).into(),
            body: self.body,
            source: self.source.as_deref(),
            trust: self.trust,
            published: self.published.map(Timestamp),
            copies,
        }
    }
}

/// The index.
#[derive(Debug)]
pub struct Index {
    items: HashMap<u64, Entry>,
    claims: Claims,
    /// The ids that other items turned out to bear too, as far as nobody was told.
    worn: Vec<WornId>,
    homes: HashMap<u64, Vec<u64>>,
    users: Vec<Vec<u64>>,
    copies: CopyGroups,
    near: Labels,
    stories: Labels,
    canonicals: HashMap<u64, u64>,
    /// The items that are or were canonical.
    shown: HashSet<u64>,
    /// Groups whose items, but for the first, are passed over: such an item cannot be canonical later.
    passed_over: Option<Kind>,
    kind: Kind,
    weights: Weights,
    backgrounds: Backgrounds,
    next: u64,
    /// Items from this number on are of the commit at hand.
    mark: u64,
    /// Versions that are to be told as if they came for the first time.
    untold: HashSet<Version>,
}

impl Index {
    /// An empty index that tells groups of `kind`.
    pub fn new(keyer: Keyer, verifier: DuplicateVerifier, weights: Weights, kind: Kind) -> Self {
        Index {
            items: HashMap::new(),
            claims: Claims::default(),
            worn: Vec::new(),
            homes: HashMap::new(),
            users: Vec::new(),
            copies: CopyGroups::new(keyer, verifier),
            near: Labels::default(),
            stories: Labels::default(),
            canonicals: HashMap::new(),
            shown: HashSet::new(),
            passed_over: None,
            kind,
            weights,
            backgrounds: Backgrounds::default(),
            next: 0,
            mark: 0,
            untold: HashSet::new(),
        }
    }

    /// The same, which takes how rare words are from these backgrounds.
    pub fn with_backgrounds(mut self, backgrounds: Backgrounds) -> Self {
        self.backgrounds = backgrounds;
        self
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number that the next new item gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Makes sure that numbers before this are not given again.
    pub fn skip_to(&mut self, next: u64) {
        self.next = self.next.max(next);
        self.mark = self.next;
    }

    /// Whether an item is there.
    pub fn contains(&self, number: u64) -> bool {
        self.items.contains_key(&number)
    }

    /// The labels of a kind of group.
    pub fn labels(&self, kind: Kind) -> &Labels {
        if kind == Kind::Duplicates { &self.near } else { &self.stories }
    }

    /// Takes items in and says of each what it is by its identity, and its number. What they are to others is said by
    /// [`Index::decide`], once groups are settled.
    pub fn take(&mut self, incoming: &[Incoming<'_>], segment: &mut Segment) -> Vec<(Decision, u64)> {
        self.mark = self.next;
        let mut fresh = Vec::new();
        let known = incoming.iter().map(|one| self.take_one(one, segment, &mut fresh)).collect();
        self.add_texts(&fresh, CopyGroups::insert);
        known
    }

    /// What an item would be if it came now, for all that its identity and its text tell: the item that it is again or of
    /// which it is a copy, and how like it is to that.
    pub fn look(&self, one: &Incoming<'_>) -> (Decision, Option<(u64, f64)>) {
        if let Some(number) = self.known(one) {
            let is_known = self.items[&number].versions.iter().any(|&(text, _)| text == one.identity.text);
            return (if is_known { Decision::Seen } else { Decision::Update }, Some((number, 1.0)));
        }
        let nearest = one.text.as_ref().and_then(|(print, keys)| self.copies.nearest((print, keys)));
        let copy = nearest.and_then(|(text, similarity)| {
            let least = self.users[text as usize].iter().min();
            least.map(|&number| (number, similarity))
        });
        (if copy.is_some() { Decision::Duplicate } else { Decision::New }, copy)
    }

    /// Takes items in again under the numbers they had; `incoming` are what they are compared by. They must come in the
    /// order of their numbers.
    pub fn retake(&mut self, items: &[&Item], incoming: &[Incoming<'_>], segment: &mut Segment) {
        self.mark = self.next;
        for (&item, one) in items.iter().zip(incoming) {
            if !self.items.contains_key(&item.number) {
                self.enter(item, one, (segment.number, segment.time));
            }
            self.add_version(item.number, one);
            segment.items.push(item.clone());
        }
        let texts: Vec<_> = items.iter().map(|item| item.number).zip(incoming).collect();
        self.add_texts(&texts, CopyGroups::insert);
    }

    /// Takes an item in; what it says that is new goes to `fresh`.
    fn take_one<'i>(
        &mut self,
        one: &'i Incoming<'i>,
        segment: &mut Segment,
        fresh: &mut Vec<(u64, &'i Incoming<'i>)>,
    ) -> (Decision, u64) {
        let home = (segment.number, segment.time);
        let Some(number) = self.known(one) else {
            let number = self.next;
            let item = Item::of(one.article, number, segment.time);
            self.note_worn(one);
            self.enter(&item, one, home);
            self.add_version(number, one);
            fresh.push((number, one));
            segment.items.push(item);
            return (Decision::New, number);
        };
        let entry = &self.items[&number];
        let is_known = entry.versions.iter().any(|&(text, _)| text == one.identity.text);
        if self.untold.remove(&(number, one.identity.text)) {
            let is_first = entry.versions.first().is_some_and(|&(text, _)| text == one.identity.text);
            return (if is_first { Decision::New } else { Decision::Update }, number);
        }
        if is_known && segment.time - entry.home.1 < REFRESH {
            return (Decision::Seen, number);
        }
        segment.items.push(Item::of(one.article, number, entry.first));
        self.settle_in(number, home);
        if is_known {
            segment.copies.push((number, self.near.label(number)));
            segment.stories.push((number, self.stories.label(number)));
            return (Decision::Seen, number);
        }
        self.add_version(number, one);
        fresh.push((number, one));
        (Decision::Update, number)
    }

    /// The item that this is again: one that says the same, else the one most like it of those that share its id or its
    /// link.
    fn known(&self, one: &Incoming<'_>) -> Option<u64> {
        let Identity { guid, link, number, feed_text, .. } = one.identity;
        let claimed = || [guid, link, number].into_iter().flatten().flat_map(|key| self.claims.of(key));
        let again = |number: &u64| self.says_again(&self.items[number], &one.identity);
        if let Some(number) = claimed().find(again) {
            return Some(number);
        }
        let tells_nothing = |key: Option<u64>| key.is_none_or(|key| self.claims.is_shared(key));
        let by_text = || self.claims.of(feed_text).next().filter(|_| tells_nothing(link));
        let like = || {
            claimed().next()?;
            let said = one.text.as_ref().and_then(|(print, _)| print.title_text()).unwrap_or(&one.article.title);
            let title = Title::of(said);
            claimed().filter_map(|number| Some((self.likeness(number, one, title.as_ref())?, number))).max()
        };
        // An id that an item unlike this bears says as little as none.
        let is_borne = guid.is_some_and(|guid| self.claims.of(guid).next().is_some());
        by_text()
            .filter(|_| tells_nothing(guid))
            .or_else(|| like().map(|(_, number)| number))
            .or_else(|| by_text().filter(|_| is_borne))
    }

    /// Whether an item that says what another has said, and shares its id or its link, is that.
    fn says_again(&self, entry: &Entry, identity: &Identity) -> bool {
        let has_said = entry.versions.iter().any(|&(text, _)| text == identity.text);
        has_said
            && match self.claim(entry, identity) {
                Claim::Page | Claim::Id | Claim::Weak => true,
                // A feed that has changed its ids, unless all that it says is "Photo".
                Claim::OtherId => !identity.is_label || identity.names_article && !self.is_worn(identity.link),
                Claim::None => false,
            }
    }

    fn is_worn(&self, key: Option<u64>) -> bool {
        key.is_some_and(|key| self.claims.is_shared(key))
    }

    /// What the id and the link of an item are worth as a claim to be another.
    fn claim(&self, entry: &Entry, identity: &Identity) -> Claim {
        let shares = |key: Option<u64>| key.is_some_and(|key| entry.keys.contains(&key));
        let differs = |key: Option<u64>, other: Option<u64>| {
            key.is_some() && other.is_some() && !shares(key) && !self.is_worn(key) && !self.is_worn(other)
        };
        let (same_guid, same_link) = (shares(identity.guid), shares(identity.link));
        let names_article = same_link && (identity.names_article || entry.names_article) && !identity.shares_page;
        let other_guid = differs(identity.guid, entry.guid);
        let other_link = differs(identity.link, entry.link);
        match () {
            () if same_link && other_guid => Claim::OtherId,
            () if names_article && !self.is_worn(identity.link) => Claim::Page,
            () if same_guid && !self.is_worn(identity.guid) => {
                if other_link {
                    Claim::Weak
                } else {
                    Claim::Id
                }
            }
            () if same_link || same_guid && !other_link => Claim::Weak,
            // The slug has followed the headline.
            () if shares(identity.number) && !self.is_worn(identity.number) => Claim::Weak,
            () => Claim::None,
        }
    }

    /// How like an item with this title is to one that it claims to be, if that is enough for the claim.
    fn likeness(&self, number: u64, one: &Incoming<'_>, title: Option<&Title>) -> Option<Likeness> {
        let entry = &self.items[&number];
        let claim = self.claim(entry, &one.identity);
        if matches!(claim, Claim::OtherId | Claim::None) {
            return None;
        }
        let known = self.text_of(number).map(|text| self.copies.print(text));
        let said = known.and_then(Fingerprint::title_text).unwrap_or(&entry.says.title);
        let titles = title.and_then(|title| Some(title.likeness(&Title::of(said)?)));
        if claim == Claim::Weak && titles == Some(Likeness::Unlike) {
            return None;
        }
        let texts = known.zip(one.text.as_ref()).and_then(|(known, (new, _))| {
            let (known, new) = (known.body.as_ref()?, new.body.as_ref()?);
            Some(likeness::of_shared(known.overlap(new)?.shared, known.set.len().min(new.set.len())))
        });
        let most = titles.max(texts);
        let is_enough = match claim {
            Claim::Page => most.is_none_or(|most| most >= Likeness::Touching),
            Claim::Id => most.is_none_or(|most| most >= Likeness::Alike),
            _ => most == Some(Likeness::Alike) && texts != Some(Likeness::Unlike),
        };
        // What cannot be compared is as good as alike.
        is_enough.then(|| most.unwrap_or(Likeness::Alike))
    }

    /// Notes that a new item bears the id of another, if that is the first of its feed that does.
    fn note_worn(&mut self, one: &Incoming<'_>) {
        let is_borne = |key: u64| self.claims.of(key).next().is_some() && !self.claims.is_shared(key);
        if one.identity.guid.is_some_and(is_borne) {
            let source = one.article.source.as_deref().unwrap_or_default().to_owned();
            if self.worn.iter().all(|worn| worn.source != source) {
                self.worn.push(WornId { source, id: one.article.id.clone().into_owned() });
            }
        }
    }

    /// The ids of which it turned out that several items of a feed bear them, one of each feed.
    pub fn worn(&self) -> &[WornId] {
        &self.worn
    }

    fn enter(&mut self, item: &Item, one: &Incoming<'_>, home: (u64, i64)) {
        self.next = self.next.max(item.number + 1);
        self.homes.entry(home.0).or_default().push(item.number);
        let entry = Entry {
            id: item.id.clone(),
            says: Says::of(one),
            first: item.first,
            guid: one.identity.guid,
            link: one.identity.link,
            names_article: one.identity.names_article,
            keys: Vec::with_capacity(3),
            versions: Vec::with_capacity(1),
            home,
        };
        self.items.insert(item.number, entry);
    }

    fn settle_in(&mut self, number: u64, home: (u64, i64)) {
        if let Some(entry) = self.items.get_mut(&number) {
            entry.home = home;
            self.homes.entry(home.0).or_default().push(number);
        }
    }

    /// Notes that an item says this too; [`Index::add_texts`] adds what it is compared by.
    fn add_version(&mut self, number: u64, one: &Incoming<'_>) {
        let Some(entry) = self.items.get_mut(&number) else { return };
        if !entry.versions.is_empty() {
            entry.says = Says::of(one);
            entry.guid = one.identity.guid.or(entry.guid);
            entry.link = one.identity.link.or(entry.link);
            entry.names_article |= one.identity.names_article;
        }
        entry.versions.push((one.identity.text, None));
        let Identity { guid, link, number: page_number, feed_text, .. } = one.identity;
        for key in [guid, link, page_number, Some(feed_text)].into_iter().flatten() {
            if !entry.keys.contains(&key) {
                entry.keys.push(key);
                self.claims.add(key, number);
            }
        }
    }

    /// Adds what new versions of items are compared by, in the order of the versions.
    fn add_texts(&mut self, versions: &[(u64, &Incoming<'_>)], add: fn(&mut CopyGroups, &[Keyed<'_>]) -> Vec<u32>) {
        let with_text = || versions.iter().filter_map(|&(number, one)| Some((number, one, one.text.as_ref()?)));
        let texts: Vec<Keyed<'_>> = with_text().map(|(_, _, (print, keys))| (print, keys)).collect();
        let texts = add(&mut self.copies, &texts);
        let most = texts.iter().map(|&text| text as usize + 1).max().unwrap_or_default();
        self.users.resize_with(self.users.len().max(most), Vec::new);
        for ((number, one, _), text) in with_text().zip(texts) {
            let Some(entry) = self.items.get_mut(&number) else { continue };
            let before = entry.versions.iter().rev().find_map(|&(_, text)| text);
            let version =
                entry.versions.iter_mut().find(|(digest, text)| *digest == one.identity.text && text.is_none());
            version.into_iter().for_each(|(_, place)| *place = Some(text));
            self.users[text as usize].push(number);
            if let Some(before) = before {
                self.copies.tie(before, text);
            }
        }
    }

    /// Puts a segment's items back as they were written; the segments must come in their order. `home` are its number
    /// and time, `labels` tell the labels of an item, of its copies and its story.
    pub fn restore(
        &mut self,
        items: &[Item],
        incoming: &[Incoming<'_>],
        home: (u64, i64),
        labels: impl Fn(u64) -> [u64; 2],
    ) {
        let mut fresh = Vec::new();
        for (item, one) in items.iter().zip(incoming) {
            if !self.items.contains_key(&item.number) {
                self.enter(item, one, home);
            } else {
                self.settle_in(item.number, home);
                if self.items[&item.number].versions.iter().any(|&(text, _)| text == one.identity.text) {
                    continue;
                }
            }
            self.add_version(item.number, one);
            fresh.push((item.number, one));
        }
        self.add_texts(&fresh, CopyGroups::restore);
        for (number, _) in fresh {
            let [near, story] = labels(number);
            self.reunite(number, near);
            self.near.assign(number, near);
            self.stories.assign(number, story);
        }
        self.mark = self.next;
    }

    /// Puts the text of an item into the group of those that have its label already.
    fn reunite(&mut self, number: u64, label: u64) {
        let other =
            self.text_of(label).or_else(|| self.near.members(label).iter().find_map(|&item| self.text_of(item)));
        if let (Some(text), Some(other)) = (self.text_of(number), other) {
            self.copies.reunite(text, other);
        }
    }

    /// Has these versions told once more, as if they came for the first time, when they come again.
    pub fn retell(&mut self, versions: impl IntoIterator<Item = Version>) {
        self.untold = versions.into_iter().collect();
    }

    /// Ends what [`Index::restore`] began: groups are without the items they are named for where these are gone.
    pub fn restored(&mut self) {
        self.copies.rejoin_series();
        for labels in [&mut self.near, &mut self.stories] {
            let gone: Vec<u64> = labels.named().filter(|label| !self.items.contains_key(label)).collect();
            gone.into_iter().for_each(|label| labels.remove(label));
        }
    }

    /// Sets a group's canonical item as it was written.
    pub fn restore_canonical(&mut self, label: u64, number: u64) {
        self.shown.insert(number);
        self.canonicals.insert(label, number);
    }

    fn text_of(&self, number: u64) -> Option<u32> {
        self.items.get(&number)?.versions.iter().rev().find_map(|&(_, text)| text)
    }

    /// Drops the items that were last written in a segment. What is left keeps its labels.
    pub fn drop_segment(&mut self, segment: u64) -> usize {
        let mut dropped = 0;
        for number in self.homes.remove(&segment).unwrap_or_default() {
            if self.items.get(&number).is_none_or(|entry| entry.home.0 != segment) {
                continue;
            }
            let Some(entry) = self.items.remove(&number) else { continue };
            for text in entry.versions.iter().filter_map(|&(_, text)| text) {
                self.users[text as usize].retain(|&one| one != number);
                self.copies.release(text, false);
            }
            entry.keys.iter().for_each(|&key| self.claims.remove(key, number));
            self.near.remove(number);
            self.stories.remove(number);
            self.shown.remove(&number);
            dropped += 1;
        }
        dropped
    }

    /// Settles the groups of copies after a commit's items were taken.
    pub fn settle(&mut self, segment: &mut Segment) -> Relabelled {
        let moved = self.copies.settle();
        // A text that was there before brings its user into its group.
        let written = segment.items.iter().filter_map(|item| self.text_of(item.number));
        let groups: BTreeSet<u32> = moved.into_iter().chain(written).map(|text| self.copies.group(text)).collect();
        let texts = groups.into_iter().flat_map(|group| self.copies.parts(group));
        let mut parts: Vec<Vec<u64>> = texts.map(|texts| self.items_of(&texts)).collect();
        parts.retain(|part| !part.is_empty());
        parts.sort_unstable();
        parts.dedup();
        let mark = self.mark;
        let changes = self.near.relabel(&parts, |item| item >= mark);
        segment.copies.extend(&changes.items);
        changes
    }

    fn items_of(&self, texts: &[u32]) -> Vec<u64> {
        let mut items: Vec<u64> = texts.iter().flat_map(|&text| self.users[text as usize].iter().copied()).collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// Sets the stories of some items, given as parts of a partition.
    pub fn set_stories(&mut self, parts: &[Vec<u64>], segment: &mut Segment) -> Relabelled {
        let mark = self.mark;
        let changes = self.stories.relabel(parts, |item| item >= mark);
        segment.stories.extend(&changes.items);
        changes
    }

    /// The events that new labels are to those who knew the old ones, and the labels that now need a canonical item.
    pub fn events(&self, kind: Kind, changes: &Relabelled) -> Vec<Event> {
        let merged = changes.merged.iter().map(|&(gone, kept)| Event::Merged(kind, gone, kept));
        merged.chain(changes.split.iter().map(|&(from, to)| Event::Split(kind, from, to))).collect()
    }

    /// Sets the canonical item of a group, and tells of it if another was known.
    pub fn set_canonical(&mut self, label: u64, number: u64, segment: &mut Segment) -> Option<Event> {
        let old = self.canonicals.insert(label, number);
        self.shown.insert(number);
        if old == Some(number) {
            return None;
        }
        segment.canonicals.push((label, number));
        let was_known = old.is_some() || label < self.mark && number != label;
        was_known.then(|| Event::Canonical(self.kind, label, number, self.typed_id(number)))
    }

    /// Has no item become canonical that was passed over in an earlier commit, as another of its group was there, nor one
    /// that is not clearly better than the canonical there is: for consumers from whom such items are kept, so that none
    /// misses what is canonical, and few items come twice.
    pub fn pass_over(&mut self, kind: Kind) {
        self.passed_over = Some(kind);
    }

    /// Whether an item may become canonical: it is of the commit at hand, is or was canonical, or was not passed over.
    fn may_stand(&self, number: u64) -> bool {
        let is_first = |kind: Kind| self.labels(kind).label(number) == number;
        number >= self.mark || self.shown.contains(&number) || self.passed_over.is_none_or(is_first)
    }

    /// The item that a reader should see of the copies under a label, chosen by what their last versions say.
    pub fn choose(&self, label: u64) -> u64 {
        self.best(label, &self.scored(self.kind, label))
    }

    /// The item of the best score that may be canonical under a label; of equals the first.
    pub fn best(&self, label: u64, scored: &[(u64, Score)]) -> u64 {
        let best = |may: &dyn Fn(u64) -> bool| {
            let those = scored.iter().filter(|(item, _)| may(*item));
            those.reduce(|best, one| if one.1.total() > best.1.total() { one } else { best })
        };
        let Some((number, score)) = best(&|item| self.may_stand(item)).or_else(|| best(&|_| true)) else {
            return label;
        };
        let known = self.canonicals.get(&label).copied().unwrap_or(label);
        let stays = |(item, own): &(u64, Score)| *item == known && !score.is_clearly_above(own);
        if self.passed_over.is_some() && scored.iter().any(stays) { known } else { *number }
    }

    /// The items under a label with their scores.
    fn scored(&self, kind: Kind, label: u64) -> Vec<(u64, Score)> {
        let mut items: Vec<u64> = self.labels(kind).members(label).to_vec();
        items.retain(|item| self.items.contains_key(item));
        items.sort_unstable();
        if items.len() > 2 * SCORED {
            items.drain(SCORED..items.len() - SCORED);
        }
        let traits = items.iter().filter_map(|item| Some(self.items.get(item)?.says.traits(self.near.label(*item))));
        let scores = canonical::score(&traits.collect::<Vec<_>>(), &self.weights, &self.backgrounds);
        items.into_iter().zip(scores).collect()
    }

    /// Whether an item is a later version of another, with changed facts.
    fn revises(&self, number: u64, other: u64) -> bool {
        let texts = self.text_of(number).zip(self.text_of(other));
        let edge = texts.and_then(|(text, other)| self.copies.compare(text, other));
        edge.is_some_and(|edge| edge.kind() == MatchKind::Update)
    }

    /// What one item is to another of its group of duplicates, and how like it is to that.
    fn relation(&self, number: u64, other: u64) -> (f64, Option<MatchKind>) {
        let Some((text, of_other)) = self.text_of(number).zip(self.text_of(other)) else { return (0.0, None) };
        if text == of_other {
            return (1.0, Some(MatchKind::Exact));
        }
        let length = |number: u64| self.items.get(&number).map_or(0, |entry| entry.says.body.length as usize);
        self.copies
            .compare(text, of_other)
            .map_or((0.0, None), |edge| (edge.similarity(), Some(edge.kind().from_side(length(number), length(other)))))
    }

    /// Where an item stands, given what it is by its identity.
    pub fn decide(&self, by_identity: Decision, number: u64) -> Decided {
        let near = self.near.label(number);
        let label = self.labels(self.kind).label(number);
        let decision = match by_identity {
            Decision::New if near < number && self.revises(number, near) => Decision::Update,
            Decision::New if near < number => Decision::Duplicate,
            Decision::New if self.kind == Kind::Stories && label < number => Decision::Story,
            other => other,
        };
        let size = self.labels(self.kind).size(label);
        let chosen = self.canonicals.get(&label).copied().filter(|chosen| self.items.contains_key(chosen));
        let canonical = if size == 1 { number } else { chosen.unwrap_or_else(|| self.choose(label)) };
        let relation = (canonical != number).then(|| self.relation(number, canonical));
        Decided {
            decision,
            number,
            id: self.typed_id(number),
            near_dup: (near, self.near.size(near)),
            cluster: (label, size),
            tells_copies: self.tells_copies(number, near, canonical),
            canonical: (canonical, self.typed_id(canonical)),
            relation,
        }
    }

    /// Whether an item is the one to see of its group of copies, given the canonical of its group: of a story's copies one
    /// that is better than all before it, and no worse than those after it.
    fn tells_copies(&self, number: u64, near: u64, canonical: u64) -> bool {
        let is_best = || {
            let scored = self.scored(Kind::Duplicates, near);
            let Some((_, own)) = scored.iter().find(|(item, _)| *item == number) else { return false };
            let yields = |(other, score): &(u64, Score)| match other.cmp(&number) {
                Ordering::Less => own.is_clearly_above(score),
                Ordering::Equal => true,
                Ordering::Greater => own.total() >= score.total(),
            };
            scored.iter().all(yields)
        };
        canonical == number || self.near.size(near) == 1 || self.kind == Kind::Stories && is_best()
    }

    /// The id of an item; empty if it is not there.
    pub fn id(&self, number: u64) -> &str {
        self.items.get(&number).map_or("", |entry| &entry.id)
    }

    /// The same, with the type that the input gave it.
    fn typed_id(&self, number: u64) -> Id<'static> {
        self.items.get(&number).map_or_else(Id::default, |entry| entry.id.clone())
    }

    /// The number and the id of each item, by arrival.
    pub fn ids(&self) -> Vec<(u64, &str)> {
        let mut ids: Vec<(u64, &str)> = self.items.iter().map(|(&number, entry)| (number, &*entry.id)).collect();
        ids.sort_unstable();
        ids
    }
}
