// Contact sheets: panels pixel for pixel, labels within their fields.
#include "report/sheet.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "impasto/error.hpp"
#include "report/labels.hpp"
#include "support/small_network.hpp"

namespace impasto {
namespace {

/// An opaque picture of one colour.
Image plain(std::int64_t width, std::int64_t height, float value) {
  Image image(width, height);
  std::fill(image.rgb.begin(), image.rgb.end(), value);
  return image;
}

Sheet grid(std::int64_t side, const std::string& label) {
  Sheet sheet;
  sheet.columns = {label, "x", label + " and more of it"};
  for (int row = 0; row < 2; ++row) {
    sheet.rows.push_back({label, {}});
    for (int column = 0; column < 3; ++column) {
      sheet.rows.back().cells.push_back({plain(side, side, 0.5F), label, ""});
    }
  }
  return sheet;
}

bool overlap(const Rectangle& a, const Rectangle& b) {
  constexpr double kTouch = 1e-6;
  return a.x + kTouch < b.x + b.width && b.x + kTouch < a.x + a.width &&
         a.y + kTouch < b.y + b.height && b.y + kTouch < a.y + a.height;
}

bool within(const Rectangle& field, const SheetLayout& layout) {
  return field.x >= 0 && field.y >= 0 && field.x + field.width <= layout.width &&
         field.y + field.height <= layout.height;
}

const char* const kLong = "style-layers = relu1_1=0.5,relu2_1,relu3_1,relu4_1,relu5_1=1000/N^2";

TEST(Sheet, EveryLabelFitsItsField) {
  for (const std::int64_t side : {24, 64, 160, 512}) {
    for (const std::string label : {"short", kLong, "anunbrokenwordthatisfartoolongforanyfield"}) {
      const SheetLayout layout = lay_out(grid(side, label));
      for (const SheetLayout::Text& text : layout.texts) {
        EXPECT_TRUE(within(text.field, layout));
        EXPECT_LE(static_cast<double>(text.lines.size()) * line_height(text.style.size),
                  text.field.height + 1e-9);
        for (const std::string& line : text.lines) {
          EXPECT_LE(text_width(line, text.style.size, text.style.bold), text.field.width + 1e-9)
              << line << " at " << side;
        }
      }
    }
  }
}

TEST(Sheet, NothingOverlaps) {
  for (const std::int64_t side : {24, 160}) {
    const SheetLayout layout = lay_out(grid(side, kLong));
    std::vector<Rectangle> fields = layout.pictures;
    for (const SheetLayout::Text& text : layout.texts) {
      fields.push_back(text.field);
    }
    for (std::size_t a = 0; a < fields.size(); ++a) {
      for (std::size_t b = a + 1; b < fields.size(); ++b) {
        EXPECT_FALSE(overlap(fields[a], fields[b])) << a << " and " << b << " at " << side;
      }
    }
  }
}

TEST(Sheet, ShowsPanelsPixelForPixel) {
  Sheet sheet;
  const Image panel = test_picture(31, 17, 4);
  sheet.rows.push_back({"", {{plain(40, 20, 0.2F), "", ""}, {panel, "below", ""}}});
  const SheetLayout layout = lay_out(sheet);
  const Image drawn = draw_sheet(sheet);
  ASSERT_EQ(drawn.width, layout.width);
  ASSERT_EQ(drawn.height, layout.height);
  const Rectangle& field = layout.pictures[1];
  const auto left = std::llround(field.x + (field.width - 31) / 2);
  const auto top = std::llround(field.y + (field.height - 17) / 2);
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t i = 0; i < 17; ++i) {
      for (std::int64_t j = 0; j < 31; ++j) {
        ASSERT_EQ(drawn.rgb[static_cast<std::size_t>((c * drawn.height + top + i) * drawn.width +
                                                     left + j)],
                  panel.rgb[static_cast<std::size_t>((c * 17 + i) * 31 + j)]);
      }
    }
  }
}

/// Red pixels that no grey panel has.
std::int64_t red_pixels(const Image& image) {
  std::int64_t count = 0;
  const auto plane = static_cast<std::size_t>(image.pixels());
  for (std::size_t n = 0; n < plane; ++n) {
    count += image.rgb[n] > 0.6F && image.rgb[n + plane] < 0.3F ? 1 : 0;
  }
  return count;
}

TEST(Sheet, MarksPanelsThatAreNoGood) {
  Sheet good = sheet_of_cells({{plain(80, 80, 0.5F), "a", ""}, {plain(80, 80, 0.5F), "b", ""}}, 2);
  EXPECT_EQ(red_pixels(draw_sheet(good)), 0);
  Sheet failed = good;
  failed.rows[0].cells[1].picture = {};
  failed.rows[0].cells[1].mark = "failed: unknown tap";
  EXPECT_GT(red_pixels(draw_sheet(failed)), 40);
  Sheet diverged = good;
  diverged.rows[0].cells[1].mark = "diverged";
  EXPECT_GT(red_pixels(draw_sheet(diverged)), 40);
}

TEST(Sheet, ALongMessageStaysOnItsPanel) {
  std::string message = "failed:";
  for (int n = 0; n < 200; ++n) {
    message += " relu1_" + std::to_string(n);
  }
  const Sheet sheet = sheet_of_cells({{Image{}, "a", message}, {plain(80, 60, 0.5F), "b", ""}}, 2);
  const SheetLayout layout = lay_out(sheet);
  for (const SheetLayout::Text& text : layout.texts) {
    const double height = static_cast<double>(text.lines.size()) * line_height(text.style.size);
    EXPECT_LE(height, text.field.height + 1e-9);
    EXPECT_TRUE(within(text.field, layout));
  }
}

TEST(Sheet, RowsAreAsHighAsTheirPictures) {
  Sheet sheet;
  sheet.rows.push_back({"", {{plain(40, 20, 0.2F), "", ""}}});
  sheet.rows.push_back({"", {{plain(40, 60, 0.2F), "", ""}}});
  const SheetLayout layout = lay_out(sheet);
  EXPECT_EQ(layout.pictures[0].height, 20);
  EXPECT_EQ(layout.pictures[1].height, 60);
}

TEST(Sheet, ColumnsLeaveFewHoles) {
  EXPECT_EQ(columns_for(1), 1U);
  EXPECT_EQ(columns_for(5), 5U);
  EXPECT_EQ(columns_for(6), 3U);
  EXPECT_EQ(columns_for(8), 4U);
  EXPECT_EQ(columns_for(10), 5U);
  EXPECT_EQ(columns_for(12), 4U);
}

TEST(Sheet, ThatIsTooLargeIsMadeOfSmallerPanels) {
  Sheet sheet = sheet_of_cells({}, 1);
  sheet.rows.emplace_back();
  for (int n = 0; n < 5; ++n) {
    sheet.rows[0].cells.push_back({plain(4000, 20, 0.5F), "x", ""});
  }
  const Image drawn = draw_sheet(sheet);
  EXPECT_LE(drawn.width, 16384);
  EXPECT_GT(drawn.width, 14000);
}

TEST(Sheet, WithoutPanelsIsAnError) {
  EXPECT_THROW(draw_sheet(Sheet{}), UsageError);
}

TEST(Labels, BreakAfterCommasAndKeepEveryCharacter) {
  const std::vector<std::string> lines = wrap("relu1_1,relu2_1,relu3_1", 12, 70, 8);
  EXPECT_EQ(lines, (std::vector<std::string>{"relu1_1,", "relu2_1,", "relu3_1"}));
}

TEST(Labels, BreakBetweenAnOptionAndItsValueAndNotInNumbers) {
  EXPECT_EQ(wrap("learning-rate=0.0001", 12, 60, 8),
            (std::vector<std::string>{"learning-", "rate=", "0.0001"}));
  EXPECT_EQ(wrap("x=1e-10,y=-5", 12, 50, 8), (std::vector<std::string>{"x=", "1e-10,", "y=-5"}));
}

TEST(Labels, EndInAnEllipsisWhereTheyAreTooLongAndNeverInHalfACharacter) {
  const std::string euro = "\u20AC";
  std::string text;
  for (int n = 0; n < 60; ++n) {
    text += euro;
  }
  const std::vector<std::string> lines = wrap(text, 12, 60, 2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[1].ends_with("\u2026"));
  EXPECT_EQ((lines[1].size() - 3) % 3, 0U);
  EXPECT_LE(text_width(lines[1], 12), 60);
}

}  // namespace
}  // namespace impasto
