#include "manager/serve/view/style.hpp"

namespace manager::serve::view {

const std::string_view style_sheet = R"css(
:root {
    color-scheme: light dark;
    --page: #f6f7f9; --card: #ffffff; --text: #1b1f24; --soft: #5c6570; --line: #dfe3e8; --link: #0b5cad;
    --good: #17693a; --good-back: #dff3e6; --warn: #8a5a00; --warn-back: #fdf0d2;
    --bad: #a8211b; --bad-back: #fde4e2; --live: #0b5cad; --live-back: #dfecfa; --bar: #22303f; --bar-text: #fff;
}
@media (prefers-color-scheme: dark) {
    :root {
        --page: #14181d; --card: #1c2229; --text: #e4e8ec; --soft: #98a3af; --line: #313a44; --link: #7fb8f5;
        --good: #7fd6a0; --good-back: #17382a; --warn: #f0c26a; --warn-back: #3d2f12;
        --bad: #ff9c95; --bad-back: #451d1b; --live: #8fc1f7; --live-back: #17324f; --bar: #0d1116; --bar-text: #e4e8ec;
    }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
header { display: flex; align-items: center; gap: 1.5rem; padding: .6rem 1.25rem; background: var(--bar); color: var(--bar-text); }
header a, header .brand { color: var(--bar-text); }
header .brand { font-weight: 650; letter-spacing: .01em; }
header nav { display: flex; gap: 1rem; }
header form { margin-left: auto; }
header button { font: inherit; font-size: .875rem; color: inherit; background: none; border: 1px solid currentColor; border-radius: 6px;
    padding: .15rem .7rem; opacity: .8; cursor: pointer; }
header button:hover { opacity: 1; }
main { max-width: 76rem; margin: 0 auto; padding: 1.25rem; }
main:has(.log) { max-width: 120rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .6rem; }
.trail { margin: 0; color: var(--soft); font-size: .9rem; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; }
.scroll { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .55rem .9rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-size: .8rem; font-weight: 600; color: var(--soft); white-space: nowrap; border-top: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.short { white-space: nowrap; }
.why { display: block; color: var(--soft); font-size: .9rem; }
code, .mono { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Consolas, monospace; font-size: .9em; }
.pill { display: inline-block; padding: .05rem .6rem; border-radius: 99px; font-size: .85rem; white-space: nowrap; background: var(--line); }
.pill.good { color: var(--good); background: var(--good-back); }
.pill.warn { color: var(--warn); background: var(--warn-back); }
.pill.bad { color: var(--bad); background: var(--bad-back); }
.pill.live { color: var(--live); background: var(--live-back); }
.pills { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 1rem; padding: 0; list-style: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.pages { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin: .75rem 0; color: var(--soft); font-size: .9rem; }
.log { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .6rem 0; overflow-x: auto;
    font: .84rem/1.55 ui-monospace, "SF Mono", "DejaVu Sans Mono", Consolas, monospace; }
.log div { display: flex; min-width: max-content; padding-right: 1rem; }
.log div:target { background: var(--warn-back); }
.log a { flex: none; min-width: 4.5em; padding: 0 1em 0 .75em; text-align: right; color: var(--soft); user-select: none;
    position: sticky; left: 0; background: var(--card); }
.log div:target a { background: var(--warn-back); }
.log span { white-space: pre; tab-size: 8; unicode-bidi: plaintext; }
.narrow { max-width: 34rem; margin: 3rem auto; }
@media (max-width: 44rem) {
    main { padding: .9rem; }
    header { padding: .6rem .9rem; gap: 1rem; }
    thead { display: none; }
    .scroll { background: none; border: 0; overflow: visible; }
    table, tbody, tr, td { display: block; width: 100%; }
    tr { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: .7rem; padding: .5rem .2rem; }
    td, td.number { border: 0; padding: .2rem .8rem; text-align: left; white-space: normal; }
    td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); font-size: .85rem; }
    td:empty { display: none; }
    dl { grid-template-columns: 1fr; gap: 0; }
    dd { margin-bottom: .5rem; }
    .log { font-size: .78rem; }
    .log a { min-width: 3.6em; padding: 0 .7em 0 .4em; }
}
@media print {
    header, .pages { display: none; }
    body { background: #fff; }
}
)css";

const std::string_view icon =
    R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#22303f"/><path d="M4 10.5h8M4 8h8M4 5.5h5" stroke="#fff" stroke-width="1.4" stroke-linecap="round"/></svg>
)svg";

} // namespace manager::serve::view
