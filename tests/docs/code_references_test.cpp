#include "docs/code_references.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "docs/markdown.hpp"
#include "image/picture_files.hpp"

namespace impasto::docs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> texts_of(const std::vector<CodeReference>& references) {
  std::vector<std::string> texts;
  for (const CodeReference& reference : references) {
    texts.push_back(to_string(reference));
  }
  return texts;
}

TEST(CodeReferences, AreReadFromMarkdownAndHtml) {
  EXPECT_THAT(
      texts_of(code_references("The step: `style_loss` in `src/losses/style.cpp`, and `Map`\n"
                               "in `src/backend/reference/map.hpp`; `kernels/` too.\n"
                               "<code>a::b()</code> in <code>src/c.cpp</code>\n")),
      ElementsAre("style_loss in src/losses/style.cpp", "Map in src/backend/reference/map.hpp",
                  "kernels/", "a::b in src/c.cpp"));
}

TEST(CodeReferences, AreNoOtherCode) {
  EXPECT_THAT(texts_of(code_references("`out/a.png`, `kernel.hpp`, `tools/demo.sh --help`\n"
                                       "```\n`src/main.cpp`\n```\n")),
              IsEmpty());
}

TEST(CodeReferences, NameWhatAFileDeclares) {
  const std::string source =
      "void free_one(int x);\n"
      "struct Map {\n  [[nodiscard]] Tensor value() const { return other(); }\n};\n"
      "double\tscaled(double x) {\n  return half(x) + 2 * third(x);\n}\n"
      "LossWalk::LossWalk(Network& n) : n_(n) {}\n"
      "std::vector<int> Walk::steps(int n) {\n  call(n);\n}\n"
      "// void commented(int x)\n";
  EXPECT_TRUE(declares(source, "free_one"));
  EXPECT_TRUE(declares(source, "Map"));
  EXPECT_TRUE(declares(source, "Map::value"));
  EXPECT_TRUE(declares(source, "scaled"));
  EXPECT_TRUE(declares(source, "LossWalk::LossWalk"));
  EXPECT_TRUE(declares(source, "Walk::steps"));
  for (const char* const absent : {"one", "free", "other", "half", "third", "call", "commented",
                                   "Map::scaled2", "Walk::gone"}) {
    EXPECT_FALSE(declares(source, absent)) << absent;
  }
}

TEST(CodeReferences, ResolveWhereTheFileSaysSo) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "src");
  (void)folder.keep("src/a.cpp", "int f(int x) { return g(x); }\n");
  const auto resolve = [&](const std::string& name, const std::string& path) {
    return resolves({name, path}, folder / "");
  };
  EXPECT_TRUE(resolve("", "src/"));
  EXPECT_TRUE(resolve("", "src/a.cpp"));
  EXPECT_TRUE(resolve("", "src/*.cpp"));
  EXPECT_TRUE(resolve("f", "src/a.cpp"));
  EXPECT_FALSE(resolve("g", "src/a.cpp"));
  EXPECT_FALSE(resolve("", "src/b.cpp"));
  EXPECT_FALSE(resolve("", "src/*.hpp"));
  EXPECT_FALSE(resolve("f", "src/"));
}

TEST(CodeReferences, OfEveryDocumentResolve) {
  for (const Document& document : documents()) {
    for (const CodeReference& reference : code_references(document.text)) {
      EXPECT_TRUE(resolves(reference, source_root()))
          << document.path << " says " << to_string(reference);
    }
  }
}

}  // namespace
}  // namespace impasto::docs
