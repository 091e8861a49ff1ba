#include "weights/pickle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "impasto/error.hpp"
#include "weights/pickle_stack.hpp"

namespace impasto::pickle {

namespace {

/// The longest argument list: that of a tensor.
constexpr std::size_t kMaxArguments = 16;

/// The only names that a pickle may mention, beside torch.*Storage.
constexpr std::array<std::string_view, 5> kAllowedNames{
    "collections.OrderedDict", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter", "torch.Size"};

/// Plain things that stand beside state dicts. They are stepped over: nothing is made of them.
constexpr std::array<std::string_view, 17> kSteppedOver{"argparse.Namespace",
                                                        "builtins.set",
                                                        "__builtin__.set",
                                                        "builtins.frozenset",
                                                        "builtins.list",
                                                        "__builtin__.list",
                                                        "builtins.int",
                                                        "builtins.float",
                                                        "collections.defaultdict",
                                                        "collections.Counter",
                                                        "numpy.dtype",
                                                        "numpy.ndarray",
                                                        "numpy.core.multiarray.scalar",
                                                        "numpy._core.multiarray.scalar",
                                                        "numpy.core.multiarray._reconstruct",
                                                        "numpy._core.multiarray._reconstruct",
                                                        "_codecs.encode"};

constexpr std::array<std::string_view, 10> kAllowedStorages{
    "torch.FloatStorage", "torch.HalfStorage", "torch.BFloat16Storage", "torch.DoubleStorage",
    "torch.LongStorage",  "torch.IntStorage",  "torch.ShortStorage",    "torch.CharStorage",
    "torch.ByteStorage",  "torch.BoolStorage"};

bool is_stepped_over(std::string_view name) {
  return std::find(kSteppedOver.begin(), kSteppedOver.end(), name) != kSteppedOver.end();
}

bool is_allowed(std::string_view name) {
  return is_stepped_over(name) ||
         std::find(kAllowedNames.begin(), kAllowedNames.end(), name) != kAllowedNames.end() ||
         std::find(kAllowedStorages.begin(), kAllowedStorages.end(), name) !=
             kAllowedStorages.end();
}

class Machine : private Stack {
 public:
  using Stack::Stack;

  Pickle run() {
    while (true) {
      const auto code = static_cast<unsigned char>(take(1).front());
      if (code == '.') {
        return finish();
      }
      const bool known = frame(code) || constant(code) || number(code) || text(code) ||
                         memo(code) || container(code) || call(code);
      if (!known) {
        damaged("uses pickle opcode " + std::to_string(code) + ", which no state dict needs");
      }
    }
  }

 private:
  // Opcodes in groups; each says whether it knows the code.

  bool frame(unsigned char code) {
    if (code == 0x80) {  // PROTO
      const auto protocol = little_endian(1);
      if (protocol < 2 || protocol > 5) {
        damaged("has protocol " + std::to_string(protocol));
      }
      return true;
    }
    if (code == 0x95) {  // FRAME: only a hint about buffering
      little_endian(8);
      return true;
    }
    return false;
  }

  bool constant(unsigned char code) {
    switch (code) {
      case 'N':
        push(Value{.kind = Kind::kNone});
        return true;
      case 0x88:  // NEWTRUE
      case 0x89:  // NEWFALSE
        push(Value{.kind = Kind::kBoolean, .integer = code == 0x88 ? 1 : 0});
        return true;
      case '}':
        push(Value{.kind = Kind::kDict});
        return true;
      case ']':
        push(Value{.kind = Kind::kList});
        return true;
      case ')':
        push(Value{.kind = Kind::kTuple});
        return true;
      default:
        return false;
    }
  }

  bool number(unsigned char code) {
    switch (code) {
      case 'K':  // BININT1
        push_integer(static_cast<std::int64_t>(little_endian(1)));
        return true;
      case 'M':  // BININT2
        push_integer(static_cast<std::int64_t>(little_endian(2)));
        return true;
      case 'J':  // BININT
        push_integer(static_cast<std::int32_t>(static_cast<std::uint32_t>(little_endian(4))));
        return true;
      case 0x8a:  // LONG1
        push_long(take(little_endian(1)));
        return true;
      case 'G': {  // BINFLOAT: big-endian
        std::uint64_t bits = 0;
        for (const char byte : take(8)) {
          bits = bits << 8U | static_cast<unsigned char>(byte);
        }
        push(Value{.kind = Kind::kReal, .real = std::bit_cast<double>(bits)});
        return true;
      }
      default:
        return false;
    }
  }

  void push_integer(std::int64_t integer) {
    push(Value{.kind = Kind::kInteger, .integer = integer});
  }

  /// Two's complement, little-endian, any length.
  void push_long(std::string_view bytes) {
    if (bytes.size() > 8) {
      push(Value{.kind = Kind::kBigInteger, .text = std::string(bytes)});
      return;
    }
    const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
    std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
      bits = bits << 8U | static_cast<unsigned char>(bytes[i]);
    }
    push_integer(static_cast<std::int64_t>(bits));
  }

  bool text(unsigned char code) {
    switch (code) {
      case 'U':   // SHORT_BINSTRING
      case 0x8c:  // SHORT_BINUNICODE
      case 'C':   // SHORT_BINBYTES
        push_text(little_endian(1));
        return true;
      case 'T':  // BINSTRING
      case 'X':  // BINUNICODE
      case 'B':  // BINBYTES
        push_text(little_endian(4));
        return true;
      case 0x8d:  // BINUNICODE8
      case 0x8e:  // BINBYTES8
        push_text(little_endian(8));
        return true;
      default:
        return false;
    }
  }

  void push_text(std::uint64_t size) {
    push(Value{.kind = Kind::kText, .text = std::string(take(size))});
  }

  bool memo(unsigned char code) {
    switch (code) {
      case 'q':  // BINPUT
        remember(little_endian(1));
        return true;
      case 'r':  // LONG_BINPUT
        remember(little_endian(4));
        return true;
      case 0x94:  // MEMOIZE
        remember_next();
        return true;
      case 'h':  // BINGET
        recall(little_endian(1));
        return true;
      case 'j':  // LONG_BINGET
        recall(little_endian(4));
        return true;
      default:
        return false;
    }
  }

  bool container(unsigned char code) {
    switch (code) {
      case '(':
        mark();
        return true;
      case 't':
        push_tuple(pop_to_mark());
        return true;
      case 0x85:  // TUPLE1 … TUPLE3
      case 0x86:
      case 0x87:
        push_tuple(pop_last(code - 0x84U));
        return true;
      case 'a':  // APPEND
        extend(pop_last(1), Kind::kList, "list");
        return true;
      case 'e':  // APPENDS
        extend(pop_to_mark(), Kind::kList, "list");
        return true;
      case 's':  // SETITEM
        extend(pop_last(2), Kind::kDict, "dict");
        return true;
      case 'u':  // SETITEMS
        extend(pop_to_mark(), Kind::kDict, "dict");
        return true;
      case 0x8f:  // EMPTY_SET
        push(Value{.kind = Kind::kOther});
        return true;
      case 0x90:  // ADDITEMS, to a set
        pop_to_mark();
        top(Kind::kOther, "set");
        return true;
      case 0x91:  // FROZENSET
        pop_to_mark();
        push(Value{.kind = Kind::kOther});
        return true;
      default:
        return false;
    }
  }

  void push_tuple(std::vector<Ref> items) {
    push(Value{.kind = Kind::kTuple, .items = std::move(items)});
  }

  bool call(unsigned char code) {
    switch (code) {
      case 'c': {  // GLOBAL
        const std::string module = line();
        push_global(module, line());
        return true;
      }
      case 0x93: {  // STACK_GLOBAL
        const auto names = pop_last(2);
        if (value(names[0]).kind != Kind::kText || value(names[1]).kind != Kind::kText) {
          damaged("names something without a name");
        }
        push_global(value(names[0]).text, value(names[1]).text);
        return true;
      }
      case 'R':     // REDUCE
      case 0x81: {  // NEWOBJ
        const auto parts = pop_last(2);
        reduce(parts[0], parts[1]);
        return true;
      }
      case 'b': {  // BUILD: attributes, for _metadata and for what is stepped over
        pop();
        if (value(top()).kind != Kind::kOther) {
          top(Kind::kDict, "dict");
        }
        return true;
      }
      case 'Q': {  // BINPERSID
        const Ref id = pop();
        if (value(id).kind != Kind::kTuple || value(id).items.size() > kMaxArguments) {
          damaged("has a persistent id that is no short tuple");
        }
        push(Value{.kind = Kind::kStorage, .items = value(id).items});
        return true;
      }
      default:
        return false;
    }
  }

  void push_global(const std::string& module, const std::string& name) {
    const std::string full = module + "." + name;
    if (!is_allowed(full)) {
      throw InputError("the checkpoint names " + full.substr(0, 80) +
                           ", which is no part of a state dict; refused",
                       where(), "save the state dict alone: torch.save(model.state_dict(), …)");
    }
    push(Value{.kind = Kind::kGlobal, .text = full});
  }

  /// What Python would do by calling `function`: here the few functions are names for plain data.
  void reduce(Ref function, Ref arguments) {
    if (value(function).kind != Kind::kGlobal || value(arguments).kind != Kind::kTuple ||
        value(arguments).items.size() > kMaxArguments) {
      damaged("calls something that is no function");
    }
    const std::string name = value(function).text;
    const std::vector<Ref> items = value(arguments).items;
    if (name == "collections.OrderedDict") {
      push(Value{.kind = Kind::kDict, .items = pairs(items)});
    } else if (name.starts_with("torch._utils._rebuild_tensor") && items.size() >= 4) {
      push(Value{.kind = Kind::kTensor, .items = items});
    } else if ((name == "torch._utils._rebuild_parameter" || name == "torch.Size") &&
               !items.empty()) {
      push(items.front());
    } else if (name == "collections.defaultdict" || name == "collections.Counter") {
      push(Value{.kind = Kind::kDict});
    } else if (is_stepped_over(name)) {
      push(Value{.kind = Kind::kOther});
    } else {
      damaged("calls " + name + " with other arguments than a state dict does");
    }
  }

  /// OrderedDict() or, from Python 2, OrderedDict([[key, value], …]).
  std::vector<Ref> pairs(const std::vector<Ref>& arguments) {
    std::vector<Ref> flat;
    if (arguments.empty()) {
      return flat;
    }
    for (const Ref pair : value(arguments.front()).items) {
      if (value(pair).items.size() != 2) {
        damaged("has a key without a value");
      }
      flat.insert(flat.end(), value(pair).items.begin(), value(pair).items.end());
    }
    return flat;
  }
};

}  // namespace

Pickle parse(std::string_view bytes, const std::string& where) {
  return Machine(bytes, where).run();
}

}  // namespace impasto::pickle
