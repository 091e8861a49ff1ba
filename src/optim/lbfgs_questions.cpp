#include "optim/lbfgs_questions.hpp"

#include <array>

namespace impasto {

LbfgsQuestions::LbfgsQuestions(Backend& backend, const LbfgsHistory& history, const Tensor& point,
                               const Tensor& gradient, const Tensor& d)
    : backend_(backend),
      history_(history),
      point_(point),
      gradient_(gradient),
      d_(d),
      facts_(most_products()),
      memory_(backend.allocate(facts_.values_.size() * sizeof(double))) {
  list_.reserve(1 + history.most_vectors());
}

void LbfgsQuestions::measure_direction() {
  backend_.absolute_max(d_, answer(PointFacts::kLongest));
}

void LbfgsQuestions::propose(const Tensor& x, const Tensor& g) {
  add_multiple(backend_, x, -1, point_, history_.next_s());
  add_multiple(backend_, g, -1, gradient_, history_.next_y());
}

void LbfgsQuestions::ask(const Tensor& x, const Tensor& dx) {
  propose(x, dx);
  enqueue(dx);
  asked_about_ = dx.data;
}

void LbfgsQuestions::enqueue(const Tensor& g) {
  backend_.absolute_sum(g, answer(PointFacts::kAbsoluteSum));
  list_.assign({d_});
  history_.list_vectors(g, list_);
  backend_.dots(list_, std::array{g, history_.next_y()}, answer(PointFacts::kSlope));
  asked_ = PointFacts::kSlope + 2 * list_.size();
}

ScalarRange LbfgsQuestions::answers() {
  return {answer(0), std::span(facts_.values_).first(asked_)};
}

const PointFacts& LbfgsQuestions::answer_now(const Tensor& g) {
  enqueue(g);
  backend_.read_all(std::array{answers()});
  return facts_;
}

}  // namespace impasto
