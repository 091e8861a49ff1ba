#include "weights/pickle.hpp"

#include <cstdint>

#include "weights/state_dict.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

using pickle::Kind;
using pickle::parse;

// A literal with zeros in it.
template <std::size_t N>
std::string bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

const std::string proto = bytes("\x80\x02");

std::string text(const std::string& value) {
  return "X" + std::string(1, static_cast<char>(value.size())) + bytes("\0\0\0") + value;
}

std::string number(std::int64_t value) {
  return bytes("\x8a\x08") + std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

/// {"features.0.weight": tensor}: four numbers of the shape, one offset, four strides, size of the
/// storage.
std::string state_dict(const std::vector<std::int64_t>& shape, std::int64_t offset,
                       const std::vector<std::int64_t>& strides, std::int64_t elements) {
  std::string shape_code = "(";
  std::string strides_code = "(";
  for (const auto size : shape) {
    shape_code += number(size);
  }
  for (const auto stride : strides) {
    strides_code += number(stride);
  }
  return proto + "}" + text("features.0.weight") + "ctorch._utils\n_rebuild_tensor_v2\n((" +
         text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + number(elements) +
         "tQ" + number(offset) + shape_code + "t" + strides_code + "t\x89}tRs.";
}

TEST(Pickle, ReadsPlainData) {
  const auto list = parse(proto + "](K\x07" + bytes("M\x01\x02") + bytes("J\xff\xff\xff\xff") +
                              "N\x88" + text("hello") + bytes("G\x3f\xf8\0\0\0\0\0\0") + "e.",
                          "here");
  const auto& items = list[list.root].items;
  ASSERT_EQ(list[list.root].kind, Kind::kList);
  ASSERT_EQ(items.size(), 7U);
  EXPECT_EQ(list[items[0]].integer, 7);
  EXPECT_EQ(list[items[1]].integer, 513);
  EXPECT_EQ(list[items[2]].integer, -1);
  EXPECT_EQ(list[items[3]].kind, Kind::kNone);
  EXPECT_EQ(list[items[4]].kind, Kind::kBoolean);
  EXPECT_EQ(list[items[5]].text, "hello");
  EXPECT_EQ(list[items[6]].real, 1.5);
}

TEST(Pickle, ReadsSignedLongs) {
  const auto read = [](const std::string& code) {
    const auto value = parse(proto + code + ".", "");
    return value[value.root].integer;
  };
  EXPECT_EQ(read(bytes("\x8a\x00")), 0);
  EXPECT_EQ(read(bytes("\x8a\x01\xff")), -1);
  EXPECT_EQ(read(bytes("\x8a\x02\xff\x00")), 255);
  EXPECT_EQ(read(number(INT64_MIN)), INT64_MIN);
}

TEST(Pickle, ReadsAnOrderedDictOfPython2) {
  // OrderedDict([["a", 5]])
  const auto dict = parse(proto + "ccollections\nOrderedDict\n(](](" + bytes("U\x01") +
                              "a"
                              "K\x05"
                              "eetR.",
                          "");
  const auto& items = dict[dict.root].items;
  ASSERT_EQ(dict[dict.root].kind, Kind::kDict);
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(dict[items[0]].text, "a");
  EXPECT_EQ(dict[items[1]].integer, 5);
}

TEST(Pickle, RefusesEveryForeignNameByItsName) {
  const std::string os_system = proto + "cos\nsystem\n(" + text("touch /tmp/owned") + "tR.";
  expect_input_error([&] { parse(os_system, "x.pth"); },
                     "the checkpoint names os.system, which is no part of a state dict; refused");
  expect_input_error([] { parse(proto + "cposix\nsystem\n.", ""); }, "posix.system");
  expect_input_error([] { parse(proto + "cbuiltins\neval\n.", ""); }, "builtins.eval");
  expect_input_error([] { parse(proto + "ctorch\nload\n.", ""); }, "torch.load");
  expect_input_error([] { parse(proto + "ctorch._utils\n_rebuild_tensor_v3\n.", ""); }, "v3");
  const std::string stack_global = bytes("\x80\x04") + text("os") + text("system") + "\x93.";
  expect_input_error([&] { parse(stack_global, ""); }, "os.system");
}

TEST(Pickle, RefusesOpcodesThatNoStateDictNeeds) {
  // INST, OBJ, NEWOBJ, EXT1, PERSID and REDUCE of something that is no name.
  for (const std::string code :
       {"(ios\nsystem\n.", "(cos\nsystem\no.", ")\x81.", "\x82\x01.", "Pid\n.", "K\x01)R."}) {
    EXPECT_THROW(parse(proto + code, ""), InputError) << code;
  }
}

TEST(Pickle, RefusesToPopWhatIsNotThere) {
  for (const std::string code :
       {".", "t.", "u.", "e.", "K\x01(s.", "(\x85.", "Q.", "R.", "b.", "q\x01.", "h\x01.",
        "}(K\x01u.", "K\x01K\x02K\x03s.", "]K\x01K\x02s.", "\x93."}) {
    EXPECT_THROW(parse(proto + code, ""), InputError) << ::testing::PrintToString(code);
  }
}

TEST(Pickle, ThatContainsItselfNeitherLoopsNorLeaks) {
  // d = {}; d["state_dict"] = d, and l = []; l.append(l)
  const auto dict =
      parse(proto + "}q" + bytes("\0") + text("state_dict") + "h" + bytes("\0s."), "");
  EXPECT_TRUE(tensors_in(dict, "").tensors.empty());
  const auto list = parse(proto + "]q" + bytes("\0h\0a."), "");
  EXPECT_TRUE(tensors_in(list, "").tensors.empty());
}

TEST(Pickle, OfEndlessRepetitionIsTooLarge) {
  expect_input_error([] { parse(proto + std::string(3'000'000, 'N'), ""); }, "too large");
  expect_input_error([] { parse(proto + std::string(3'000'000, '('), ""); }, "too large");
  expect_input_error([] { parse(proto + "Nq" + bytes("\0") + std::string(3'000'000, 'h'), ""); },
                     "");
  // A huge list copied by one short call after the other.
  std::string bomb = proto + "ccollections\nOrderedDict\nq" + bytes("\0") + "(](";
  for (int i = 0; i < 60'000; ++i) {
    bomb += "NN\x86";
  }
  bomb += "etq" + bytes("\x01");
  for (int i = 0; i < 100'000; ++i) {
    bomb += bytes("h\0h\x01R");
  }
  expect_input_error([&] { parse(bomb, ""); }, "too large");
}

TEST(Pickle, WithALongerTextThanItselfIsRefused) {
  expect_input_error([] { parse(proto + bytes("X\xff\xff\xff\xff") + "a.", ""); }, "ends");
  const std::string eight(8, '\xff');
  expect_input_error([&] { parse(proto + bytes("\x8d") + eight + "a.", ""); }, "ends");
}

TEST(StateDict, AcceptsATensorThatFillsItsStorage) {
  const auto dict = tensors_in(parse(state_dict({2, 3, 3, 3}, 0, {27, 9, 3, 1}, 54), ""), "");
  ASSERT_EQ(dict.tensors.size(), 1U);
  EXPECT_EQ(dict.tensors[0].name, "features.0.weight");
}

// {"net": [{"a": tensor}, (tensor,)], 3: {"b": tensor}}, the tensor being one and the same.
TEST(StateDict, IsFoundUnderEveryPathOfDictsListsAndTuples) {
  const std::string tensor = state_dict({2, 3, 3, 3}, 0, {27, 9, 3, 1}, 54);
  const std::string name = text("features.0.weight");
  const std::size_t begin = tensor.find(name) + name.size();
  const std::string value = tensor.substr(begin, tensor.size() - begin - 2) + "q\x07";
  const std::string code = proto + "}(" + text("net") + "](}" + text("a") + value +
                           "sh\x07\x85"
                           "e" +
                           "K\x03}" + text("b") + "h\x07su.";
  const auto found = tensors_in(parse(code, ""), "");
  ASSERT_EQ(found.tensors.size(), 3U);
  EXPECT_EQ(found.tensors[0].name, "net.0.a");
  EXPECT_EQ(found.tensors[1].name, "net.1.0");
  EXPECT_EQ(found.tensors[2].name, "3.b");
}

TEST(Pickle, StepsOverPlainThingsThatStandBesideAStateDict) {
  for (const std::string& code : {"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n" + text("f8") +
                                      "\x85R" + text("12345678") + "tR.",
                                  "cargparse\nNamespace\n)\x81}" + text("lr") + "K\x01sb.",
                                  std::string("c__builtin__\nset\n](K\x01K\x02"
                                              "e\x85R."),
                                  bytes("\x8f(K\x01K\x02\x90.")}) {
    const auto read = parse(proto + code, "");
    EXPECT_EQ(read[read.root].kind, Kind::kOther) << ::testing::PrintToString(code);
  }
  for (const char* name : {"os\nsystem", "builtins\neval", "builtins\ngetattr", "numpy\nload",
                           "argparse\nFileType", "_codecs\nlookup"}) {
    EXPECT_THROW(parse(proto + "c" + name + "\n.", ""), InputError) << name;
  }
}

TEST(StateDict, OfMorePlacesThanAnyTrainingHasIsTooLarge) {
  // A dict of many names for one list of many lists.
  std::string code = proto + "](";
  for (int i = 0; i < 70'000; ++i) {
    code += "]";
  }
  expect_input_error([&] { tensors_in(parse(code + "e.", ""), ""); }, "too many");
}

TEST(StateDict, ThatNestsAsDeepAsItLikesIsWalkedThrough) {
  // A tuple of a tuple of a tuple, and so on.
  EXPECT_TRUE(
      tensors_in(parse(proto + "]" + std::string(200'000, '\x85') + ".", ""), "").tensors.empty());
}

TEST(StateDict, RefusesTensorsThatReachBeyondTheirStorage) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 60;
  const std::vector<std::string> hostile{
      state_dict({kHuge, 3, 3, 3}, 0, {27, 9, 3, 1}, 54),
      state_dict({kHuge, kHuge, 3, 3}, 0, {27, 9, 3, 1}, 54),
      state_dict({kHuge, 1, 1, 1}, 0, {0, 0, 0, 0}, 54),
      state_dict({2, 3, 3, 3}, 1, {27, 9, 3, 1}, 54),
      state_dict({2, 3, 3, 3}, kHuge, {27, 9, 3, 1}, 54),
      state_dict({2, 3, 3, 3}, INT64_MAX, {27, 9, 3, 1}, 54),
      state_dict({2, 3, 3, 3}, -1, {27, 9, 3, 1}, 54),
      state_dict({2, 3, 3, 3}, 0, {kHuge, 9, 3, 1}, 54),
      state_dict({3, 3, 3, 3}, 0, {INT64_MAX, 9, 3, 1}, 54),
      state_dict({2, 3, 3, 3}, 27, {-27, 9, 3, 1}, 54),
      state_dict({-2, 3, 3, 3}, 0, {27, 9, 3, 1}, 54),
      state_dict({2, 3, 3, 3}, 0, {27, 9, 3}, 54),
      state_dict({2, 3, 3, 3}, 0, {27, 9, 3, 1}, -1),
  };
  for (const auto& code : hostile) {
    EXPECT_THROW(tensors_in(parse(code, ""), ""), InputError);
  }
}

}  // namespace
}  // namespace impasto
