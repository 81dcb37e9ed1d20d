#pragma once

#include <string>
#include <string_view>

namespace manager::serve::view {

/// `text`, wherever it came from, as HTML content or as a value in double quotes: it stays text. Escape
/// sequences of terminals are left out; every other character that would not show, or that would turn the
/// direction of writing, is told by its name (⟨ESC⟩, ⟨U+202E⟩), bytes that are no UTF-8 become U+FFFD. Tabs
/// stay.
std::string html(std::string_view text);

/// `text` without the escape sequences by which programs colour and move about on a terminal. An escape
/// character that begins none stays.
std::string without_escapes(std::string_view text);

/// A page with the frame that all have. `title` is text, `body` is HTML.
struct Page {
    std::string title;
    std::string body;
    std::string trail = {}; ///< HTML: the way here, from the list of runs on
    bool refreshes = false; ///< the browser loads it anew every few seconds
    bool signed_in = true;  ///< has the bar with what one can go to
};
std::string whole_page(const Page& page);

/// `<a href="HREF">TEXT</a>`; both are plain text.
std::string link(std::string_view href, std::string_view text);

} // namespace manager::serve::view
