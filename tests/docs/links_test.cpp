#include "docs/links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "docs/markdown.hpp"
#include "image/picture_files.hpp"

namespace impasto::docs {
namespace {

using ::testing::ElementsAre;

TEST(Links, AreFoundOutsideCodeAndWithoutTheWeb) {
  EXPECT_THAT(relative_links("[a](b.md) ![c](d.png)\n[e](https://f.org) `[g](h)`\n"
                             "```\n[i](j)\n```\n[k](#l)\n"),
              ElementsAre("b.md", "d.png", "#l"));
}

TEST(Links, LeadToFilesAndHeadings) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "docs");
  (void)folder.keep("README.md", "# Top\n");
  (void)folder.keep("docs/a.md", "# First part\n");
  EXPECT_TRUE(link_resolves("docs/a.md", "README.md", folder / ""));
  EXPECT_TRUE(link_resolves("../README.md#top", "docs/a.md", folder / ""));
  EXPECT_TRUE(link_resolves("#first-part", "docs/a.md", folder / ""));
  EXPECT_FALSE(link_resolves("README.md", "docs/a.md", folder / ""));
  EXPECT_FALSE(link_resolves("#second-part", "docs/a.md", folder / ""));
  EXPECT_FALSE(link_resolves("../README.md#bottom", "docs/a.md", folder / ""));
}

TEST(Links, OfEveryDocumentResolve) {
  for (const Document& document : documents()) {
    for (const std::string& link : relative_links(document.text)) {
      EXPECT_TRUE(link_resolves(link, document.path, source_root()))
          << document.path << " links to " << link;
    }
  }
}

}  // namespace
}  // namespace impasto::docs
