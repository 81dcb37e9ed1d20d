#pragma once

#include "manager/serve/view/html.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace manager::serve::view {

/// A table that becomes a list of cards on a narrow screen. Cells are HTML.
class Table {
public:
    struct Column {
        std::string_view name;
        std::string_view kind = ""; ///< class of the cells: "number", "short"
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    void row(const std::vector<std::string>& cells)
    {
        rows_ += "<tr>";
        for (std::size_t i = 0; i < cells.size(); ++i)
            rows_ += "<td data-name=\"" + html(columns_.at(i).name) + "\"" + kind_of(columns_[i]) + ">" +
                     cells[i] + "</td>";
        rows_ += "</tr>\n";
    }

    std::string text() const
    {
        std::string head;
        for (const Column& column : columns_)
            head += "<th" + kind_of(column) + ">" + html(column.name) + "</th>";
        return "<div class=\"scroll\"><table>\n<thead><tr>" + head + "</tr></thead>\n<tbody>\n" + rows_ +
               "</tbody>\n</table></div>\n";
    }

private:
    static std::string kind_of(const Column& column)
    {
        return column.kind.empty() ? "" : " class=\"" + std::string(column.kind) + "\"";
    }

    std::vector<Column> columns_;
    std::string rows_;
};

} // namespace manager::serve::view
