// Binding of FAISS for Node: reads an index file of the trainer and searches it. Arguments and results are typed arrays, which
// avoids one JavaScript object per number. It uses Node-API, so one build works with every version of Node.
#include <napi.h>

#include <faiss/Index.h>
#include <faiss/impl/FaissException.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>

#include <cstring>
#include <memory>
#include <vector>

namespace {

// Label of an empty result. An inverted file finds fewer than k vectors if the probed cells contain fewer.
constexpr faiss::Index::idx_t kNothing = -1;

class Index : public Napi::ObjectWrap<Index> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Index", {
      InstanceAccessor<&Index::Dimensions>("dimensions"),
      InstanceAccessor<&Index::Size>("size"),
      InstanceMethod<&Index::Search>("search"),
    });
  }

  // new Index(bytes: Uint8Array)
  explicit Index(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Index>(info) {
    const auto bytes = info[0].As<Napi::Uint8Array>();
    faiss::VectorIOReader reader;
    reader.data.assign(bytes.Data(), bytes.Data() + bytes.ByteLength());
    try {
      index_.reset(faiss::read_index(&reader));
    } catch (const faiss::FaissException& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
  }

 private:
  Napi::Value Dimensions(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), index_->d); }
  Napi::Value Size(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), index_->ntotal); }

  // search(query: Float32Array, k: number): { rows: Int32Array, scores: Float32Array }
  // Returns at most k neighbours, best first.
  Napi::Value Search(const Napi::CallbackInfo& info) {
    const auto env = info.Env();
    const auto query = info[0].As<Napi::Float32Array>();
    const auto k = info[1].As<Napi::Number>().Uint32Value();
    if (query.ElementLength() != static_cast<size_t>(index_->d)) throw Napi::RangeError::New(env, "wrong dimensions");
    labels_.resize(k);
    distances_.resize(k);
    index_->search(1, query.Data(), k, distances_.data(), labels_.data());
    size_t found = 0;
    while (found < k && labels_[found] != kNothing) found++;
    auto rows = Napi::Int32Array::New(env, found);
    auto scores = Napi::Float32Array::New(env, found);
    for (size_t i = 0; i < found; i++) rows[i] = static_cast<int32_t>(labels_[i]);
    std::memcpy(scores.Data(), distances_.data(), found * sizeof(float));
    auto result = Napi::Object::New(env);
    result["rows"] = rows;
    result["scores"] = scores;
    return result;
  }

  std::unique_ptr<faiss::Index> index_;
  // Buffers that all searches reuse. JavaScript has one thread, so searches never overlap.
  std::vector<faiss::Index::idx_t> labels_;
  std::vector<float> distances_;
};

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports["Index"] = Index::Define(env);
  return exports;
}

}  // namespace

NODE_API_MODULE(faiss, Init)
