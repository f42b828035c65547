//! Labels of the page in English and Arabic.
//!
//! Counts follow a colon or are in a table, so no label depends on a number.

use serde::Serialize;

/// The language of the page's labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageLanguage {
    /// English, left to right.
    English,
    /// Arabic, right to left.
    Arabic,
}

impl PageLanguage {
    /// Language code and direction of the page.
    pub(super) fn tags(self) -> (&'static str, &'static str) {
        match self {
            PageLanguage::English => ("en", "ltr"),
            PageLanguage::Arabic => ("ar", "rtl"),
        }
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            PageLanguage::English => &ENGLISH,
            PageLanguage::Arabic => &ARABIC,
        }
    }
}

/// Declares each label with its texts in both languages.
macro_rules! words {
    ($($name:ident: $english:literal, $arabic:literal;)*) => {
        /// The labels by name; the script of the page reads them as JSON.
        #[derive(Debug, Serialize)]
        pub(super) struct Words { $(pub(super) $name: &'static str,)* }
        const ENGLISH: Words = Words { $($name: $english,)* };
        const ARABIC: Words = Words { $($name: $arabic,)* };
    };
}

words! {
    page_title: "The news at a glance", "الأخبار في لمحة";
    skip: "To the stories", "إلى القصص";
    theme: "Light or dark", "فاتح أو داكن";
    stories: "Stories", "القصص";
    groups: "Groups of copies", "مجموعات النسخ";
    outlets: "Outlets", "المصادر";
    measures: "Measures", "القياسات";
    passed: "Passed over", "ما لم يُقرأ";
    settings: "Settings", "الإعدادات";
    items: "Items", "المواد";
    alone: "Alone", "مفردة";
    copies: "Copies", "النسخ";
    languages: "Languages", "اللغات";
    left_out: "Counted, but not shown one by one", "مُحصاة دون عرضها واحدة واحدة";
    ranked: "By importance: outlets that tell it, items, and how recent it is.", "بحسب الأهمية: عدد المصادر وعدد المواد وحداثة الخبر.";
    no_script: "These are the first stories. With scripts allowed the page shows all, with search and details.", "هذه أولى القصص. إذا سُمح بالبرامج النصية عرضت الصفحة جميعها مع البحث والتفاصيل.";
    search: "Search", "بحث";
    search_hint: "Words of headlines", "كلمات من العناوين";
    outlet: "Outlet", "المصدر";
    language: "Language", "اللغة";
    from: "From", "من";
    to: "To", "إلى";
    least: "Items at least", "أقل عدد للمواد";
    sort: "Order", "الترتيب";
    by_importance: "Importance", "الأهمية";
    by_date: "Newest first", "الأحدث أولا";
    by_size: "Largest first", "الأكبر أولا";
    all: "All", "الكل";
    refine: "Filters", "شروط البحث";
    clear: "Clear", "مسح";
    found: "Found", "النتائج";
    searching: "searching", "جار البحث";
    nothing: "Nothing fits. Take away a word or a filter.", "لا نتائج. احذف كلمة أو شرطا.";
    more: "More stories", "المزيد من القصص";
    further: "More", "المزيد";
    texts: "Texts", "النصوص";
    weak: "loosely linked", "ترابط ضعيف";
    why: "Why this headline", "لماذا هذا العنوان";
    why_note: "Bar: this item. Mark: mean of the others.", "الشريط: هذه المادة. العلامة: متوسط غيرها.";
    timeline: "Timeline", "التسلسل الزمني";
    importance: "Importance", "الأهمية";
    size: "Size", "الحجم";
    recency: "Recency", "الحداثة";
    same_words: "The same words", "الكلمات نفسها";
    headline: "Headline", "العنوان";
    body: "Body", "المتن";
    cut: "characters cut", "حرفا محذوفا";
    undated: "undated", "بلا تاريخ";
    no_outlet: "no outlet", "بلا مصدر";
    canonical: "shown headline", "العنوان المعروض";
    exact: "same text", "النص نفسه";
    retitled: "same text, other title", "النص نفسه بعنوان آخر";
    edited: "edited", "محرر";
    shortened: "shortened", "مختصر";
    extended: "extended", "موسع";
    summary: "same report, other summary", "الخبر نفسه بملخص آخر";
    update: "other facts", "بمعطيات جديدة";
    linked: "copy of a copy", "نسخة عن نسخة";
    story: "same story", "القصة نفسها";
    must: "by constraint", "بقيد";
    unique: "alone", "مفردة";
    centrality: "central", "مركزي";
    completeness: "complete", "مكتمل";
    title: "states the news", "عنوان مُخبر";
    source: "trusted", "موثوق";
    time: "early", "مبكر";
    originality: "original", "أصلي";
    standing: "up to date", "مستوفى";
    originality_title: "Who leads and who copies", "من يسبق ومن ينسخ";
    originality_desc: "Items of the outlets with the most items: first of a text that others copied, own text, copy of another outlet's text.", "مواد المصادر الأكثر نشرا: أول نص نسخه غيره، نص خاص، نسخة عن مصدر آخر.";
    original: "copied by others", "نسخه غيره";
    own: "own text", "نص خاص";
    copied: "copy of another's", "نسخة عن غيره";
    shared: "stories told with others", "قصص مشتركة";
    led: "told first", "سبق إليها";
    exchange_title: "Who copies whom", "من ينسخ عمّن";
    exchange_desc: "Rows: the outlet that was first. Columns: the outlet that has its text. Numbers: items.", "الصفوف: المصدر الأول. الأعمدة: المصدر الذي عنده نصه. الأرقام: عدد المواد.";
    first: "first", "الأول";
    undecided: "Copies of which no first can be told", "نسخ لا يُعرف أولها";
    unknown_outlet: "Items without an outlet", "مواد بلا مصدر";
    sizes_title: "How large the stories are", "أحجام القصص";
    sizes_desc: "Stories by their number of items. Items alone are in the table.", "القصص بحسب عدد موادها. المواد المفردة في الجدول.";
    copies_title: "How alike copies are", "مدى تشابه النسخ";
    copies_desc: "Verified pairs of copies by how likely a reader calls them copies. Line: the threshold.", "أزواج النسخ بحسب احتمال أن يعدها القارئ نسخا. الخط: العتبة.";
    links_title: "How alike items of a story are", "مدى تشابه مواد القصة";
    links_desc: "Links between items by similarity. Line: the strength at which groups merge.", "الروابط بين المواد بحسب التشابه. الخط: القوة التي تُدمج عندها المجموعات.";
    curve_title: "How surely copies are found", "مدى العثور على النسخ";
    curve_desc: "Line: the probability that bands bring two texts of this Jaccard coefficient together. Headlines meet by neighbouring words instead. Dots: the share found among pairs of this batch that other hash functions chose. Upright line: the threshold.", "الخط: احتمال أن تجمع الحزم نصين بهذا المعامل. أما العناوين فتلتقي بكلماتها المتجاورة. النقاط: نسبة ما عُثر عليه من أزواج هذه الدفعة اختارتها دوال أخرى. الخط القائم: العتبة.";
    bands: "Bands", "الحزم";
    rows: "Rows", "الصفوف";
    similarity: "Similarity", "التشابه";
    pairs: "Pairs", "الأزواج";
    met: "Found", "عُثر عليها";
    share: "Share", "النسبة";
    table: "Table", "الجدول";
    empty: "There is nothing to show.", "لا شيء للعرض.";
    records: "Records that could not be read", "سجلات تعذرت قراءتها";
    files: "Files of no known format", "ملفات بصيغة غير معروفة";
    future: "Dates after tomorrow that were not believed", "تواريخ بعد الغد لم تؤخذ";
    too_short: "Items too short to compare", "مواد أقصر من أن تُقارن";
    wordless: "Items without a word", "مواد بلا كلمات";
    crowded: "Crowded buckets compared by representatives", "سلال مزدحمة قورنت بممثليها";
    and_more: "and more", "وغيرها";
    setting: "Setting", "الإعداد";
    value: "Value", "القيمة";
    times: "Times are UTC.", "الأوقات بالتوقيت العالمي.";
}
